/* CONFAB_E2E=pictures takes the pictures of docs/pictures anew. */
import { test } from "vitest";
import { takePictures } from "./pictures";

test("the pictures of the docs", takePictures);
