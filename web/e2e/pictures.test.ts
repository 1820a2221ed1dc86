/* CONFAB_PICTURES=1 takes the pictures of docs/pictures anew. */
import { test } from "vitest";
import { takePictures } from "./pictures";

test("the pictures of the docs", takePictures);
