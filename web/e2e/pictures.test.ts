/* ./dev pictures takes the pictures of the docs anew. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { finish, takePictures, takeScreens } from "./pictures";
import { ONLY } from "./tour";

beforeAll(() => {
  process.env["FONTCONFIG_FILE"] = fileURLToPath(new URL("fonts.conf", import.meta.url));
});

test.skipIf(ONLY !== "")("the pictures of the README", takePictures);

describe.concurrent("every screen", () => {
  test("on a desk", () => takeScreens("desk"));
  test("on a phone", () => takeScreens("phone"));
});

afterAll(finish);
