// What Microsoft's own library for Adaptive Cards says of a card on stdin: the events of reading it, and its elements.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.JUDGES, "package.json"));
const { AdaptiveCard, SerializationContext, Versions } = require("adaptivecards/dist/adaptivecards.js");

const card = new AdaptiveCard();
const context = new SerializationContext(Versions.v1_4);
card.parse(JSON.parse(readFileSync(0, "utf8")), context);
const read = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
const validated = card.validateProperties().validationEvents.map((event) => event.message);
console.log(JSON.stringify({ complaints: [...read, ...validated], elements: card.getItemCount() }));
