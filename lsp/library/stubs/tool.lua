---@meta

--- Calls tools, the same that `llmspell tool` and MCP clients call. `Tool.NAME` is the tool of that name, with hyphens or
--- underscores.
---
--- ```lua
--- local r = Tool.execute("calculator", {input = "2 + 3 * 4"})
--- print(r.result.result)                                    --> 14
--- print(Tool.calculator:execute({input = "x ^ 2", variables = {x = 3}}).result.result) --> 9
--- ```
---@class Tool
---@field [llmspell.ToolName] llmspell.Tool
Tool = {}

--- The parameters of a tool, by their names. What they are is up to the tool.
---@class llmspell.ToolParams
---@field [string] any

--- A tool.
---@class llmspell.Tool
---@colon optional
---@field name llmspell.ToolName
---@field description string
---@field version string
---@field category string
---@field schema llmspell.ToolSchema its parameters
local ToolObject = {}

--- Calls the tool. A failed call raises an error.
---@param params? llmspell.ToolParams
---@param options? llmspell.ToolOptions
---@return llmspell.ToolAnswer answer
function ToolObject:execute(params, options) end

--- The tool's parameters: the same as `tool.schema`.
---@return llmspell.ToolSchema schema
---@nodiscard
function ToolObject:getSchema() end

--- The tool's parameters: the same as `tool.schema`.
---@return llmspell.ToolSchema schema
---@nodiscard
function ToolObject:get_schema() end

--- What a tool takes.
---@class llmspell.ToolSchema
---@field name llmspell.ToolName
---@field description string
---@field parameters llmspell.ToolParameter[]
---@field json_schema table the same as a JSON Schema, which says more

--- One parameter of a tool.
---@class llmspell.ToolParameter
---@field name string
---@field type string types of JSON with `|` between them, or `any`
---@field description string
---@field required boolean
---@field default? any
---@field enum? any[]

--- How a call is made.
---@class (exact) llmspell.ToolOptions
---@field timeout_ms? integer how long it may take, 1 to a day
---@field cache? boolean `false`: the tool works although the result of the same call is known
---@field retries? integer how often to try again what failed for a reason that may pass, up to 100. Tools with side effects are never tried again

--- What a call gives. Parameters and results are copies: changing them changes nothing else.
---@class llmspell.ToolAnswer
---@field operation string what the tool has done
---@field success boolean
---@field message? string
---@field result? any the tool's result
---@field text? string the result as text
---@field error? llmspell.ToolError
---@field metadata llmspell.ToolMetadata
---@field _raw_text string the answer as JSON

--- Why a call has failed.
---@class llmspell.ToolError
---@field code string such as `invalid_parameters`, `permission_denied`, `timeout`
---@field message string
---@field details? table

--- What is said of a call besides its result.
---@class llmspell.ToolMetadata
---@field duration_ms number
---@field cached? boolean the result is that of an earlier call
---@field attempts? integer how often it was tried
---@field [string] any

--- A tool in a list.
---@class llmspell.ToolSummary
---@field name llmspell.ToolName
---@field description string
---@field version string
---@field category string

--- What a tool may need of the world.
---@alias llmspell.ToolNeed
---| "files"
---| "network"
---| "processes"
---| "environment"

--- Selects tools.
---@class (exact) llmspell.ToolFilter
---@field category? llmspell.ToolCategory
---@field tag? llmspell.ToolTag
---@field security? "safe"|"restricted"|"privileged"
---@field security_level? "safe"|"restricted"|"privileged" the same
---@field needs? llmspell.ToolNeed|llmspell.ToolNeed[] tools that need all of these
---@field without? llmspell.ToolNeed|llmspell.ToolNeed[] tools that need none of these

--- Selects tools for `Tool.search`.
---@class (exact) llmspell.ToolSearchFilter : llmspell.ToolFilter
---@field limit? integer how many at most, up to 1,000

--- Selects tools for `Tool.discover`.
---@class (exact) llmspell.ToolDiscoverFilter : llmspell.ToolFilter
---@field query? string words; the best match then comes first

--- All that a tool says about itself.
---@class llmspell.ToolInfo
---@field name llmspell.ToolName
---@field description string
---@field version string
---@field category string
---@field tags? string[]
---@field aliases? string[]
---@field security_level "safe"|"restricted"|"privileged"
---@field needs? llmspell.ToolNeed[]
---@field examples? { description: string, params: table }[]
---@field schema llmspell.ToolSchema
---@field result_schema? table a JSON Schema

--- A call in a list for `Tool.parallel`: `{name, params, options}`, or the same by name.
---@class (exact) llmspell.ToolCall
---@field [1]? llmspell.ToolName
---@field [2]? llmspell.ToolParams
---@field [3]? llmspell.ToolOptions
---@field name? llmspell.ToolName
---@field params? llmspell.ToolParams
---@field options? llmspell.ToolOptions

--- How `Tool.parallel` works.
---@class (exact) llmspell.ToolParallelOptions
---@field limit? integer how many calls run at a time (100), up to 10,000
---@field timeout_ms? integer of all of them together

--- Calls a tool and waits for its answer. An unknown tool, wrong parameters and a failed call raise an error.
---
--- ```lua
--- local r = Tool.execute("calculator", {input = "6 * 7"}, {timeout_ms = 2000})
--- print(r.success, r.result.result) --> true	42
--- ```
---@param name llmspell.ToolName
---@param params? llmspell.ToolParams
---@param options? llmspell.ToolOptions
---@return llmspell.ToolAnswer answer
function Tool.execute(name, params, options) end

--- The same as `Tool.execute`.
---@param name llmspell.ToolName
---@param params? llmspell.ToolParams
---@param options? llmspell.ToolOptions
---@return llmspell.ToolAnswer answer
function Tool.invoke(name, params, options) end

--- The tool of a name, or nil if there is none.
---
--- ```lua
--- local calc = Tool.get("calculator")
--- print(calc.category, Tool.get("no-such-tool")) --> utility	nil
--- ```
---@param name llmspell.ToolName
---@return llmspell.Tool? tool
---@nodiscard
function Tool.get(name) end

--- Whether there is a tool of a name.
---@param name llmspell.ToolName
---@return boolean exists
---@nodiscard
function Tool.exists(name) end

--- All tools, or those that a filter selects, sorted by name.
---
--- ```lua
--- for _, t in ipairs(Tool.list({category = "utility"})) do print(t.name) end
--- ```
---@param filter? llmspell.ToolFilter
---@return llmspell.ToolSummary[] tools
---@nodiscard
function Tool.list(filter) end

--- The tools that words find, the best match first.
---
--- ```lua
--- print(Tool.search("evaluate an expression", {limit = 1})[1].name) --> calculator
--- ```
---@param words string
---@param filter? llmspell.ToolSearchFilter
---@return llmspell.ToolSummary[] tools
---@nodiscard
function Tool.search(words, filter) end

--- As `Tool.list`; with a `query` as `Tool.search`.
---@param filter? llmspell.ToolDiscoverFilter
---@return llmspell.ToolSummary[] tools
---@nodiscard
function Tool.discover(filter) end

--- The names of all categories.
---@return llmspell.ToolCategory[] categories
---@nodiscard
function Tool.categories() end

--- All that a tool says about itself, or nil if there is none.
---@param name llmspell.ToolName
---@return llmspell.ToolInfo? info
---@nodiscard
function Tool.info(name) end

--- The same as `Tool.info`.
---@param name llmspell.ToolName
---@return llmspell.ToolInfo? info
---@nodiscard
function Tool.get_info(name) end

--- The parameters of a tool, or nil if there is none.
---@param name llmspell.ToolName
---@return llmspell.ToolSchema? schema
---@nodiscard
function Tool.schema(name) end

--- The same as `Tool.schema`.
---@param name llmspell.ToolName
---@return llmspell.ToolSchema? schema
---@nodiscard
function Tool.get_schema(name) end

--- Makes calls at the same time, and returns their answers in the same order. A call that fails raises nothing: its answer has
--- `success = false`.
---
--- ```lua
--- local r = Tool.parallel({
---   {"calculator", {input = "1 + 1"}},
---   {name = "calculator", params = {input = "1 +"}},
--- }, {limit = 2})
--- print(r[1].result.result, r[2].success) --> 2	false
--- ```
---@param calls llmspell.ToolCall[]
---@param options? llmspell.ToolParallelOptions
---@return llmspell.ToolAnswer[] answers
function Tool.parallel(calls, options) end

--- Begins a call and returns while it goes on. A wrong name or parameter raises at once. A call ends with the script that has
--- started it; at most 1,000 run at a time.
---
--- ```lua
--- local call = Tool.start("calculator", {input = "6 * 7"})
--- print(call:wait().result.result) --> 42
--- ```
---@param name llmspell.ToolName
---@param params? llmspell.ToolParams
---@param options? llmspell.ToolOptions
---@return llmspell.ToolHandle handle
function Tool.start(name, params, options) end

--- A call that goes on.
---@class llmspell.ToolHandle
local ToolHandle = {}

--- Waits for the answer; `nil, "timeout"` if it is not there in time, and the call goes on. A failed call raises an error.
---@param timeout_ms? number no limit if left out
---@return llmspell.ToolAnswer? answer
---@return "timeout"? reason
function ToolHandle:wait(timeout_ms) end

--- The same as `wait`, with the answer of a failed call instead of an error.
---@param timeout_ms? number no limit if left out
---@return llmspell.ToolAnswer? answer
---@return "timeout"? reason
function ToolHandle:result(timeout_ms) end

--- Whether the call has ended.
---@return boolean done
---@nodiscard
function ToolHandle:done() end

--- Ends the call soon.
function ToolHandle:cancel() end

--- The tool's name.
---@return llmspell.ToolName name
---@nodiscard
function ToolHandle:name() end

---@alias llmspell.JSONType
---| "string"
---| "number"
---| "integer"
---| "boolean"
---| "array"
---| "object"
---| "null"

--- One parameter of a tool that a script registers. All else in it is JSON Schema.
---@class llmspell.ToolParameterSpec
---@field name? string
---@field type? llmspell.JSONType|"any" a type of JSON, or `any`
---@field description? string
---@field required? boolean
---@field default? any
---@field enum? any[]
---@field properties? table<string, llmspell.ToolParameterSpec> of an object
---@field items? llmspell.ToolParameterSpec of an array
---@field [string] any

--- A JSON Schema of all parameters of a tool.
---@class llmspell.ToolParametersSchema
---@field type? "object"
---@field properties? table<string, llmspell.ToolParameterSpec>
---@field required? string[] which of `properties` must be given
---@field additionalProperties? boolean

--- A tool that is a function of the script.
---@class (exact) llmspell.ToolSpec
---@field name string lower case words joined by hyphens or underscores, up to 64 bytes
---@field description string what the tool does
---@field parameters? llmspell.ToolParameterSpec[]|table<string, llmspell.ToolParameterSpec>|llmspell.ToolParametersSchema|table a list, the items of a list by name, or a JSON Schema
---@field schema? table the same
---@field result? table a JSON Schema of the result
---@field category? llmspell.ToolCategory `custom` if left out
---@field version? string `1.0.0` if left out
---@field tags? llmspell.ToolTag[]
---@field aliases? string[]
---@field execute fun(params: llmspell.ToolParams): any, string? returns the result, or nil and a message when it fails

--- Makes a function of the script a tool, for this session only. Parameters are checked, and defaults filled in, before the
--- function runs. It runs on the script's own thread.
---
--- ```lua
--- Tool.register({
---   name = "greet", description = "Greets somebody",
---   parameters = {
---     {name = "who", type = "string", required = true},
---     {name = "loud", type = "boolean", default = false},
---   },
---   execute = function(p) return p.loud and p.who:upper() .. "!" or "Hello, " .. p.who end,
--- })
--- print(Tool.greet:execute({who = "Ann"}).text) --> Hello, Ann
--- ```
---@param spec llmspell.ToolSpec
---@return llmspell.Tool tool
function Tool.register(spec) end
