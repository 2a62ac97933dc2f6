/**
 * The documented example: a cluster, a job of three instances, and the wait for its end.
 *
 * BATCHCOMPUTE_ENDPOINT says where to send it, ALIBABA_CLOUD_ACCESS_KEY_ID and
 * ALIBABA_CLOUD_ACCESS_KEY_SECRET as whom.
 */

import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";

import type { components, paths } from "./schema.js";
import { signed } from "./signature.js";

type Schemas = components["schemas"];

class ServiceError extends Error {
  constructor(readonly status: number, readonly answer: Partial<Schemas["Error"]> | undefined) {
    super(`${status} ${answer?.Code ?? "without a code"}: ${answer?.Message ?? "no message"}`);
  }
}

/** Returns the answer, or throws what the service said instead. */
function good<T>(result: { data?: T; error?: Schemas["Error"]; response: Response }): T {
  if (!result.response.ok) throw new ServiceError(result.response.status, result.error);
  return result.data as T;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

const client = createClient<paths>({ baseUrl: variable("BATCHCOMPUTE_ENDPOINT") });
client.use(
  signed({
    id: variable("ALIBABA_CLOUD_ACCESS_KEY_ID"),
    secret: variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
  }),
);

const cluster: Schemas["ClusterDescription"] = {
  Name: "TypeScriptCluster",
  ImageId: "img-ubuntu",
  Groups: { group1: { DesiredVMCount: 1, InstanceType: "bcs.a2.large" } },
};
const { Id: ClusterId = "" } = good(await client.POST("/clusters", { body: cluster }));
console.log("cluster", ClusterId);

const job: Schemas["JobDescription"] = {
  Type: "DAG",
  Name: "TypeScriptDemo",
  Priority: 99,
  DAG: {
    Tasks: {
      Echo: {
        ClusterId,
        InstanceCount: 3,
        Parameters: {
          Command: { CommandLine: "echo Batchcompute service" },
          StdoutRedirectPath: "oss://my-bucket/logs/",
          StderrRedirectPath: "oss://my-bucket/logs/",
        },
      },
    },
  },
};
const created = await client.POST("/jobs", {
  params: { query: { IdempotentToken: crypto.randomUUID().replaceAll("-", "_") } },
  body: job,
});
const { Id: JobId = "" } = good(created);
console.log("job    ", JobId);

const path = { JobId };
let { State } = good(await client.GET("/jobs/{JobId}", { params: { path } }));
while (State === "Waiting" || State === "Running") {
  await sleep(200);
  ({ State } = good(await client.GET("/jobs/{JobId}", { params: { path } })));
}
console.log("state  ", State);

// A variant of the path above: its constant query is part of the path.
const sent = good(await client.GET("/jobs/{JobId}?description", { params: { path } }));
if (sent.Type === "DAG") console.log("tasks  ", Object.keys(sent.DAG.Tasks).join(", "));

let marker: string | number = "";
do {
  const page: Schemas["InstanceList"] = good(
    await client.GET("/jobs/{JobId}/tasks/{TaskName}/instances", {
      params: {
        path: { JobId, TaskName: "Echo" },
        query: { Marker: String(marker), MaxItemCount: 2 },
      },
    }),
  );
  for (const { InstanceId, State, Result, StdoutRedirectPath } of page.Items) {
    console.log(`instance ${InstanceId}: ${State}, exit code ${Result.ExitCode}, ${StdoutRedirectPath}`);
  }
  marker = page.NextMarker;
} while (marker);

good(await client.DELETE("/jobs/{JobId}", { params: { path } }));
const gone = await client.GET("/jobs/{JobId}", { params: { path } });
console.log("then   ", gone.response.status, gone.error?.Code);
good(await client.DELETE("/clusters/{ClusterId}", { params: { path: { ClusterId } } }));
