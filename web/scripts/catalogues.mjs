// The catalogues beside the English one: fails where one has wrong keys, forms or holes, or lacks a text.
// The types of i18n/catalogue.ts say the same of keys; holes and plural forms only this can see.
import { catalogueFaults } from "../src/i18n/catalogue.ts";
import { en } from "../src/i18n/en.ts";

const CODES = ["de", "es", "fr", "pt", "ru"];

let failed = false;
for (const code of CODES) {
  const { [code]: texts } = await import(`../src/i18n/${code}.ts`);
  const { missing, wrong } = catalogueFaults(code, texts, en);
  for (const fault of wrong) console.error(`i18n/${code}.ts: ${fault}`);
  if (missing.length > 0) console.error(`i18n/${code}.ts: not translated: ${missing.join(", ")}`);
  failed ||= wrong.length > 0 || missing.length > 0;
}
if (failed) process.exit(1);
