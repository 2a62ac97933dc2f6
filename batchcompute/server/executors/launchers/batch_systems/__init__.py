"""The launcher of batch systems (Slurm, PBS, Grid Engine, LSF, HTCondor), by Parsl's providers."""
