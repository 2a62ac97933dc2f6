/** The vectors of the contract, and what the middleware does to requests. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import createClient from "openapi-fetch";

import type { paths } from "../src/schema.js";
import { authorization, resource, signed, stringToSign } from "../src/signature.js";

interface Vector {
  name: string;
  method: string;
  request_target: string;
  signed_resource: string;
  headers: Record<string, string>;
  string_to_sign: string;
  authorization: string;
}

const file = new URL("../../../../spec/examples/signature-vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as {
  access_key_id: string;
  access_key_secret: string;
  vectors: Vector[];
};
const key = { id: vectors.access_key_id, secret: vectors.access_key_secret };

test("there are vectors", () => assert.ok(vectors.vectors.length >= 11));

for (const vector of vectors.vectors) {
  test(`vector ${vector.name}`, () => {
    const text = stringToSign(vector.method, vector.signed_resource, new Headers(vector.headers));
    assert.equal(text, vector.string_to_sign);
    assert.equal(authorization(key, text), vector.authorization);
    // One vector is about clients that sign the decoded query; this one signs what it sends.
    if (vector.name !== "V10-query-raw") {
      assert.equal(resource(vector.request_target), vector.signed_resource);
    }
  });
}

test("a resource has one question mark, sorted names and no empty values", () => {
  assert.equal(resource("/apps/bwa?Detail=True?Qualifier=3"), "/apps/bwa?Detail=True&Qualifier=3");
  assert.equal(resource("/jobs?sync?IdempotentToken=a"), "/jobs?IdempotentToken=a&sync");
  assert.equal(resource("/jobs?MaxItemCount=100&Marker="), "/jobs?Marker&MaxItemCount=100");
  assert.equal(resource("/jobs"), "/jobs");
});

test("what is sent is what is signed", async () => {
  const sent: Request[] = [];
  const client = createClient<paths>({
    baseUrl: "http://service.test",
    fetch: (request) => {
      sent.push(request);
      return Promise.resolve(Response.json({ RequestId: "1" }));
    },
  });
  client.use(signed({ ...key, securityToken: "token" }));

  await client.POST("/jobs?sync", {
    params: { query: { IdempotentToken: "a_1" } },
    body: { Type: "App", Name: "run", App: { AppName: ":Copy" } },
  });

  const [request] = sent;
  assert.ok(request);
  assert.equal(request.url, "http://service.test/jobs?IdempotentToken=a_1&sync");
  assert.equal(request.headers.get("content-type"), "application/json");
  const text = stringToSign("POST", "/jobs?IdempotentToken=a_1&sync", request.headers);
  assert.ok(text.includes("\nx-acs-security-token:token\n"));
  assert.equal(request.headers.get("authorization"), authorization(key, text));
  assert.deepEqual(await request.json(), { Type: "App", Name: "run", App: { AppName: ":Copy" } });
});
