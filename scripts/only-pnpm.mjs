// A bare `npm install` would ignore the lock file and the workspace; say what to type instead.
if (!(process.env.npm_config_user_agent ?? "").startsWith("pnpm/")) {
  console.error(
    [
      "",
      "  This workspace is installed by pnpm, and the commands do that by themselves. Type one of:",
      "",
      "    npm run demo     see it work",
      "    npm test         run every test",
      "    npx -y pnpm@10.34.9 install --frozen-lockfile     only install",
      "",
    ].join("\n"),
  );
  process.exit(1);
}
