---@meta

--- The script's arguments, as a list and by name: `llmspell run job.lua -- in.csv --mode fast --dry-run` gives
--- `ARGS[1]` and `ARGS["1"]` as `"in.csv"`, `ARGS.mode` as `"fast"`, `ARGS["dry-run"]` as `"true"`, and `ARGS["0"]` as the script.
---@type table<string|integer, string>
ARGS = {}

--- The script's arguments as a list; `arg[0]` is the script.
---@type table<integer, string>
arg = {}
