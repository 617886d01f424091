-- Tools and options through variables, lists and functions.
local function run(name, params) return Tool.execute(name, params) end
run("calc", {})
--@ complete("calc|) has "calculator"
run("calculator", { })
--@ complete({ |) = "input operation variables"
--@ hover("calcu|) has "Evaluates arithmetic"
local p = { }
--@ complete({ |) = "input operation variables"
p.operation = "eval"
--@ complete("ev|) = "evaluate validate functions"
p.oper = 1
--@ complete(.oper|) = "input variables operation"
Tool.execute("calculator", p)
local calls = {{"calc", {}}, {name = "calculator", params = { }}}
--@ complete("calc|) has "calculator"
--@ complete(params = { |) = "input operation variables"
calls[#calls + 1] = { name = "calc" }
--@ complete("calc|) has "calculator"
--@ complete({ |) has "params options"
table.insert(calls, {"calculator", { }})
--@ complete({"calcu|) has "calculator"
--@ complete(, { |) = "input operation variables"
Tool.parallel(calls)
Tool.list({ category = "ut" })
--@ complete({ |) = "category tag security security_level needs without"
--@ complete("u|) has "utility"
Tool.list({ tag = "ma" })
--@ complete("ma|) has "math"
Tool.list({ needs = "net", security = "" })
--@ complete("n|) = "files network processes environment"
--@ complete(security = "|) = "safe restricted privileged"
State.set("k", 1, { scope = "glo" })
--@ complete({ |) = "ttl ttl_seconds scope"
--@ complete("glo|) has "global"
Event.subscribe("x", { policy = "dr" })
--@ complete("dr|) = "drop_oldest drop_newest block reject"
Hook.register("ToolError", function() return { type = "c" } end, { priority = "h" })
--@ complete(type = "c|) has "continue skip"
--@ complete(priority = "h|) has "highest high normal low lowest"
Session.list({ status = "a", order = "" })
--@ complete("a|) has "active suspended completed failed archived"
--@ complete(order = "|) = "updated created name updated_at created_at"
local opts = { }
--@ complete({ |) = "timeout_ms cache retries"
Tool.execute("calculator", {}, opts)
Tool.parallel({{""}})
--@ signature({"|) = "llmspell.ToolCall { *name: string*, params?: llmspell.ToolParams, options?: llmspell.ToolOptions }"
Tool.parallel({{"hash-calculator", {}}})
--@ signature({"|) has "*name: string*, params: "
Tool.execute("cidr-calculator", { operation = "info", })
--@ signature({ |) has "network: string, limit?: integer, other?: string"
--@ complete(, |) has "network"
