---@meta

--- The system, as far as the sandbox allows.
---@class oslib
os = {}

--- CPU time in seconds.
---@return number seconds
---@nodiscard
function os.clock() end

--- Fields of a time.
---@class osdate
---@field year integer|string
---@field month integer|string 1 to 12
---@field day integer|string 1 to 31
---@field hour? integer|string
---@field min? integer|string
---@field sec? integer|string
---@field wday? integer|string 1 is Sunday
---@field yday? integer|string 1 to 366
---@field isdst? boolean

--- A time as text, or with the format `*t` as a table. A format that begins with `!` is about UTC.
---
--- ```lua
--- print(os.date("!%Y-%m-%d", 0)) --> 1970-01-01
--- ```
---@param format? string as of strftime; `%c` if left out
---@param time? number seconds since 1970; now if left out
---@return string|osdate date
---@nodiscard
---@overload fun(format: "*t"|"!*t", time?: number): osdate
---@overload fun(format?: string, time?: number): string
function os.date(format, time) end

--- The seconds from one time to another.
---@param later number
---@param earlier? number
---@return number seconds
---@nodiscard
function os.difftime(later, earlier) end

--- Runs a command of the shell, if the sandbox allows it: its exit code, as on PUC Lua. Without a command whether there is a shell.
---@param command? string
---@return integer|boolean status
function os.execute(command) end

--- Ends the script, not the process.
---@param code? integer|boolean
---@return never
function os.exit(code) end

--- A variable of the environment, if the sandbox allows it; nil if it is not set.
---@param name string
---@return string? value
---@nodiscard
function os.getenv(name) end

--- Sets a variable for this script and the programs that it starts.
---@param name string
---@param value string
---@return true? done
---@return string? message
function os.setenv(name, value) end

--- Removes a file or an empty folder, if the sandbox allows it.
---@param path llmspell.File
---@return true? done
---@return string? message
---@return integer? code
function os.remove(path) end

--- Renames a file, if the sandbox allows it.
---@param from llmspell.File
---@param to llmspell.File
---@return true? done
---@return string? message
---@return integer? code
function os.rename(from, to) end

--- The locale: there is only `C`.
---@param locale? string
---@param category? "all"|"collate"|"ctype"|"monetary"|"numeric"|"time"
---@return string? locale
function os.setlocale(locale, category) end

--- The time in seconds since 1970: now, or that of a table of fields in local time.
---@param date? osdate
---@return integer? seconds
---@nodiscard
function os.time(date) end

--- The path of a new file for a while, if the sandbox allows it.
---@return llmspell.File path
---@nodiscard
function os.tmpname() end
