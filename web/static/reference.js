// The API for people, made from its OpenAPI description.
import { askJson } from "./api.js";
import { make } from "./dom.js";

function typeOf(schema = {}) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "object" && schema.additionalProperties) return `object of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? "any";
}

function table(rows) {
  return make("table", {}, make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text, at) => make(at ? "td" : "th", {}, text))))));
}

const told = await askJson("/api/openapi.json");
document.getElementById("about").textContent = told.info.description;
const operations = Object.entries(told.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => {
  const body = operation.requestBody?.content["application/json"].schema.properties ?? {};
  const rows = [
    ...(operation.parameters ?? []).map((one) => [one.name, typeOf(one.schema), one.description]),
    ...Object.entries(body).map(([name, schema]) => [name, typeOf(schema), "in the JSON that is sent"]),
  ];
  return make("section", { className: "card" }, make("h2", {}, make("code", {}, `${method.toUpperCase()} ${path}`)), make("p", {}, operation.summary), table(rows));
}));
document.getElementById("operations").replaceChildren(...operations);
const shapes = Object.entries(told.components.schemas).map(([name, schema]) => make("section", { className: "card" },
  make("h2", {}, name), make("p", {}, schema.description ?? ""),
  table(Object.entries(schema.properties ?? {}).map(([field, one]) => [field, typeOf(one), one.description ?? ""]))));
document.getElementById("shapes").replaceChildren(...shapes);
