import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/* Dependency runs one way: features -> state -> net, local -> model -> protocol. ui and markdown are leaves: they know
 * nothing of the app. Each entry: a folder, and the folders that it may not import. */
const FORBIDDEN = {
  protocol: ["model", "net", "local", "state", "features", "ui", "markdown", "i18n", "testing"],
  model: ["net", "local", "state", "features", "ui", "i18n", "testing"],
  net: ["local", "state", "features", "ui", "markdown", "i18n", "testing"],
  local: ["net", "state", "features", "ui", "markdown", "i18n", "testing"],
  i18n: ["protocol", "model", "net", "local", "state", "features", "ui", "markdown", "testing"],
  markdown: ["protocol", "model", "net", "local", "state", "features", "ui", "i18n", "testing"],
  ui: ["protocol", "model", "net", "local", "state", "features", "markdown", "i18n", "testing"],
  state: ["features", "ui", "testing"],
  features: ["net", "local", "testing"],
};

const walls = Object.entries(FORBIDDEN).map(([folder, barred]) => ({
  files: [`src/${folder}/**/*.ts`, `src/${folder}/**/*.svelte`],
  ignores: ["**/*.test.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: barred.map((b) => `**/${b}/**`),
            message: `${folder}/ may not use this folder; see eslint.config.js.`,
          },
        ],
      },
    ],
  },
}));

export default ts.config(
  { ignores: ["dist/", "node_modules/", "e2e/", "src/protocol/generated.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Markdown and text become nodes, never HTML." },
        { property: "outerHTML", message: "Markdown and text become nodes, never HTML." },
        { property: "insertAdjacentHTML", message: "Markdown and text become nodes, never HTML." },
      ],
      eqeqeq: ["error", "always"],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/unified-signatures": "off",
      // An object without one of its fields: `const { gone, ...rest } = whole`.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/no-navigation-without-resolve": "off",
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  { files: ["scripts/**", "*.config.*", "**/*.test.ts"], languageOptions: { globals: globals.node } },
  ...walls,
);
