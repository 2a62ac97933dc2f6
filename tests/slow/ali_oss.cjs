// The vendor's client for JavaScript against the object port: node ali_oss.cjs ENDPOINT ID SECRET
"use strict";

const assert = require("node:assert");
const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const OSS = require("ali-oss");

const [endpoint, accessKeyId, accessKeySecret] = process.argv.slice(2);
const KEYS = ["plain", "a folder/b+c%2F.txt", "中文/😀", "~'()*!$,:;@"];

async function walk(authorizationV4) {
  const options = { endpoint, accessKeyId, accessKeySecret, authorizationV4, region: "oss-cn-hangzhou" };
  const client = new OSS(options);
  const bucket = `ali-oss-${authorizationV4 ? 4 : 1}`;
  await client.putBucket(bucket);
  client.useBucket(bucket);
  const buckets = await client.listBuckets({});
  assert(buckets.buckets.some((each) => each.name === bucket));

  for (const key of KEYS) {
    const put = await client.put(key, Buffer.from(key), { meta: { author: "me" } });
    assert.strictEqual(put.res.status, 200);
    const found = await client.get(key);
    assert.strictEqual(found.content.toString(), key);
    const head = await client.head(key);
    assert.strictEqual(head.meta.author, "me");
  }
  const listed = await client.listV2({ "max-keys": 1000 });
  assert.deepStrictEqual(listed.objects.map((each) => each.name).sort(), [...KEYS].sort());
  const folders = await client.list({ delimiter: "/" });
  assert.deepStrictEqual(folders.prefixes.sort(), ["a folder/", "中文/"]);

  const part = await client.get("plain", { headers: { Range: "bytes=1-3" } });
  assert.strictEqual(part.content.toString(), "lai");
  await client.copy("copy", KEYS[1]);
  assert.strictEqual((await client.get("copy")).content.toString(), KEYS[1]);

  const first = await client.append("log", Buffer.from("one "));
  await client.append("log", Buffer.from("two"), { position: first.nextAppendPosition });
  assert.strictEqual((await client.get("log")).content.toString(), "one two");

  const file = path.join(os.tmpdir(), `${bucket}-${process.pid}`);
  const content = crypto.randomBytes(1_000_000);
  fs.writeFileSync(file, content);
  try {
    const marks = [];
    await client.multipartUpload("large", file, {
      partSize: 200 * 1024,
      progress: (share) => marks.push(share),
    });
    assert.strictEqual(marks.at(-1), 1);
    const streamed = await client.getStream("large");
    const pieces = [];
    for await (const piece of streamed.stream) pieces.push(piece);
    assert(Buffer.concat(pieces).equals(content));
  } finally {
    fs.unlinkSync(file);
  }

  // This client signs no URLs for addresses, so this is for a name, with the bucket in front of it.
  const named = new OSS({ ...options, endpoint: endpoint.replace("127.0.0.1", "localhost"), bucket });
  const url = authorizationV4
    ? await named.signatureUrlV4("GET", 60, undefined, KEYS[1])
    : named.signatureUrl(KEYS[1], { expires: 60 });
  assert.strictEqual(await fetched(url), KEYS[1], url);

  await client.putACL("plain", "public-read");
  assert.strictEqual((await client.getACL("plain")).acl, "public-read");
  await client.putObjectTagging("plain", { colour: "red" });
  assert.deepStrictEqual((await client.getObjectTagging("plain")).tag, { colour: "red" });
  await client.putSymlink("link", "plain");
  assert.strictEqual((await client.getSymlink("link")).targetName, "plain");

  await assert.rejects(client.get("none"), { code: "NoSuchKey", status: 404 });
  await assert.rejects(client.put("plain", Buffer.from(""), { headers: { "x-oss-forbid-overwrite": "true" } }), {
    code: "FileAlreadyExists",
  });
  const stranger = new OSS({ ...options, accessKeySecret: "wrong", bucket });
  await assert.rejects(stranger.get("copy"), { code: "SignatureDoesNotMatch", status: 403 });
  await assert.rejects(client.deleteBucket(bucket), { code: "BucketNotEmpty" });

  const all = (await client.listV2({ "max-keys": 1000 })).objects.map((each) => each.name);
  const removed = await client.deleteMulti(all);
  assert.strictEqual(removed.deleted.length, all.length);
  await client.deleteBucket(bucket);
}

/** Fetch a URL whose host is this machine, though no name service may know it. */
function fetched(url) {
  const { host, port, pathname, search } = new URL(url);
  const target = { host: "127.0.0.1", port, path: pathname + search, headers: { host } };
  return new Promise((resolve, reject) => {
    http.get(target, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve(Buffer.concat(pieces).toString()));
    }).on("error", reject);
  });
}

(async () => {
  await walk(false);
  await walk(true);
  console.log("done");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
