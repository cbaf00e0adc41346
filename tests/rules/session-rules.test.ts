import { test } from "vitest";
import { sessionRules } from "./session-rules.ts";

for (const { title, run } of sessionRules) test(title, run);
