// The catalogues beside the English one: fails where one has wrong keys, forms or holes, or lacks a text.
// The types of i18n/catalogue.ts say the same of keys; holes and plural forms only this can see.
import { catalogueFaults } from "../src/i18n/catalogue.ts";
import { en } from "../src/i18n/en.ts";
import { en as site } from "../src/i18n/site/en.ts";

const CODES = ["de", "es", "fr", "pt", "ru"];

let failed = false;
for (const [folder, english] of [
  ["i18n", en],
  ["i18n/site", site],
]) {
  for (const code of CODES) {
    const { [code]: texts } = await import(`../src/${folder}/${code}.ts`);
    const { missing, wrong } = catalogueFaults(code, texts, english);
    for (const fault of wrong) console.error(`${folder}/${code}.ts: ${fault}`);
    if (missing.length > 0) console.error(`${folder}/${code}.ts: not translated: ${missing.join(", ")}`);
    failed ||= wrong.length > 0 || missing.length > 0;
  }
}
if (failed) process.exit(1);
