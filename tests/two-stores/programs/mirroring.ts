// A mirror in a process of its own, which can be killed: tells each time that it is up to date.
import { connect } from "@coord/core";
import { mirror } from "@coord/mirror";

const [from = "", to = ""] = process.argv.slice(2);
const [source, target] = await Promise.all([connect(from), connect(to)]);
let told = "";
await mirror(source, target, {
  directories: ["d"],
  onStatus: ({ behind, lagMs, stale, revision }) => {
    const isUpToDate = revision !== undefined && behind === 0 && lagMs === 0 && !stale;
    const now = isUpToDate ? `up to date at ${revision}` : behind > 0 ? `behind by ${behind}` : "looking";
    if (now !== told) console.log(now);
    told = now;
  },
});
