"""The rules of the API: what is accepted, what it means, and how things are shown.

A well-formed request is refused for one of three reasons, and every check says for which:

- It cannot work: no system can start such a program, no file can have such a path, no store can
  hold such an object, no row can hold such a number.
- Something would be lost without a word: a mapping, an argument, a result, a part of a list.
- The API's documentation names it as an error of the hosted service, with a code of its own:
  members that are missing or of a wrong type, names and descriptions out of bounds, priorities,
  numbers of VMs, cycles, and states that do not allow an operation. Programs branch on these codes,
  and no program that worked there can meet them here.

Whatever the hosted service checked for its own sake is fine here: prices, disks, networks, the
names of instance types. Such members are kept and shown.
"""
