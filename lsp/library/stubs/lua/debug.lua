---@meta

--- What Lua tells about running functions. For breakpoints and steps use the debugger.
---@class debuglib
debug = {}

--- The environment of a value.
---@param v any
---@return table? environment
---@nodiscard
function debug.getfenv(v) end

---@class debuginfo
---@field source? string
---@field short_src? string
---@field what? "Lua"|"C"|"main"|"tail"
---@field name? string
---@field namewhat? string
---@field currentline? integer
---@field linedefined? integer
---@field lastlinedefined? integer
---@field nups? integer
---@field func? function
---@field activelines? table<integer, true>

--- What is known of a function, or of the function at a level of the stack; nil beyond the last.
---@param f function|integer 1 is the function that calls
---@param what? string which fields: letters of `nSlufL`
---@return debuginfo? info
---@nodiscard
---@overload fun(thread: thread, f: function|integer, what?: string): debuginfo?
function debug.getinfo(f, what) end

--- The name and value of a local variable; nil if there is none of the number.
---@param level integer
---@param n integer
---@return string? name
---@return any value
---@nodiscard
---@overload fun(thread: thread, level: integer, n: integer): string?, any
function debug.getlocal(level, n) end

--- The metatable of a value, whatever `__metatable` says.
---@param v any
---@return table? metatable
---@nodiscard
function debug.getmetatable(v) end

--- The name and value of an upvalue; nil if there is none of the number.
---@param f function
---@param n integer
---@return string? name
---@return any value
---@nodiscard
function debug.getupvalue(f, n) end

--- Changes the environment of a value.
---@generic T
---@param v T
---@param environment table
---@return T v
function debug.setfenv(v, environment) end

--- Changes a local variable.
---@param level integer
---@param n integer
---@param value any
---@return string? name
---@overload fun(thread: thread, level: integer, n: integer, value: any): string?
function debug.setlocal(level, n, value) end

--- Changes the metatable of a value.
---@param v any
---@param metatable table?
---@return any done
function debug.setmetatable(v, metatable) end

--- Changes an upvalue.
---@param f function
---@param n integer
---@param value any
---@return string? name
function debug.setupvalue(f, n, value) end

--- A text about the calls that are under way.
---@param message? any
---@param level? integer 1 is the function that calls
---@return any text the message itself if it is neither a text nor nil
---@nodiscard
---@overload fun(message?: string|number, level?: integer): string
---@overload fun(thread: thread, message?: any, level?: integer): any
function debug.traceback(message, level) end
