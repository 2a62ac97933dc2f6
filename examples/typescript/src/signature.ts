/** The signature of the API as a middleware of openapi-fetch. */

import { createHmac, randomUUID } from "node:crypto";
import type { Middleware } from "openapi-fetch";

export interface AccessKey {
  id: string;
  secret: string;
  /** Goes with temporary credentials. */
  securityToken?: string;
}

/** The path and the sorted query; a parameter without a value has no `=`. */
export function resource(target: string): string {
  // A path of the contract may hold a constant query, and openapi-fetch writes a second "?" then.
  const [path = "", ...queries] = target.split("?");
  const parameters = queries
    .flatMap((query) => query.split("&"))
    .filter((parameter) => parameter !== "")
    .map((parameter): [string, string] => {
      const [name = "", ...value] = parameter.split("=");
      return [name, value.join("=")];
    })
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  return parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

/** The text that is signed: five lines, the `x-acs-*` headers, and the resource. */
export function stringToSign(method: string, resource: string, headers: Headers): string {
  const fixed = ["accept", "content-md5", "content-type", "date"].map((name) => headers.get(name) ?? "");
  const own = [...headers].filter(([name]) => name.startsWith("x-acs-"));
  const lines = own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`);
  return [method.toUpperCase(), ...fixed, ...lines, resource].join("\n");
}

export function authorization(key: AccessKey, text: string): string {
  return `acs ${key.id}:${createHmac("sha1", key.secret).update(text).digest("base64")}`;
}

/** Signs every request, and sends it to the address that was signed. */
export function signed(key: AccessKey): Middleware {
  return {
    onRequest({ request }) {
      const url = new URL(request.url);
      const target = resource(url.pathname + url.search);
      const copy = new Request(url.origin + target, request);
      const { headers } = copy;
      headers.set("Accept", "application/json");
      headers.set("Date", new Date().toUTCString());
      headers.set("x-acs-version", "2015-11-11");
      headers.set("x-acs-signature-method", "HMAC-SHA1");
      headers.set("x-acs-signature-version", "1.0");
      headers.set("x-acs-signature-nonce", randomUUID());
      if (key.securityToken !== undefined) headers.set("x-acs-security-token", key.securityToken);
      headers.set("Authorization", authorization(key, stringToSign(copy.method, target, headers)));
      return copy;
    },
  };
}
