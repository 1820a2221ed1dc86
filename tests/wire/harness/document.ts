/* The OpenAPI document, as a server gives it. */
import Ajv2020 from "ajv/dist/2020";
import { call } from "./api";
import type { Server } from "./server";
import { must } from "./wait";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Content {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
export interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Content>>;
}
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly op: Operation;
}

interface Written {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const pointed = (text: string): string => text.replaceAll("~", "~0").replaceAll("/", "~1");

export class Document {
  readonly version: string;
  readonly routes: readonly Route[];
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  private constructor(written: Written) {
    this.version = written.openapi;
    this.#schemas = written.components.schemas;
    this.#ajv.addSchema(written, "api");
    this.routes = Object.entries(written.paths).flatMap(([path, ops]) =>
      Object.entries(ops).map(([method, op]) => ({ method: method.toUpperCase(), path, op })),
    );
  }

  static async of(server: Server): Promise<Document> {
    return new Document((await call<Written>(server, "GET", "/openapi.json")).body);
  }

  /** The schema itself, where it is only pointed to. */
  resolve(schema: Schema): Schema {
    return schema.$ref ? must(this.#schemas[must(schema.$ref.split("/").at(-1))]) : schema;
  }

  /** Why a value is not of a schema that stands by itself; undefined: it is. */
  unlike(schema: Schema, value: unknown): string | undefined {
    const valid = this.#ajv.compile(this.resolve(schema));
    return valid(value) ? undefined : this.#ajv.errorsText(valid.errors);
  }

  /** Why an answer is not one that the document has for the route; undefined: it is. */
  undocumented(route: Route, status: number, body: unknown): string | undefined {
    const documented = route.op.responses[String(status)];
    if (!documented) return `${String(status)} is not in the document`;
    const type = Object.keys(documented.content ?? {})[0];
    if (type === undefined || body === undefined) return undefined;
    const ref = `api#/paths/${pointed(route.path)}/${route.method.toLowerCase()}/responses/${String(status)}/content/${pointed(type)}/schema`;
    const valid = this.#ajv.getSchema(ref) ?? this.#ajv.compile({ $ref: encodeURI(ref) });
    return valid(body) ? undefined : this.#ajv.errorsText(valid.errors);
  }
}

/** The address, with each `{name}` replaced. */
export const filled = (path: string, by: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => must(by[name], name));
