---@meta

--- Files, as far as the sandbox allows, and the streams of the execution.
---@class iolib
io = {}

--- Standard input.
---@type file*
io.stdin = {}

--- Standard output.
---@type file*
io.stdout = {}

--- Standard error.
---@type file*
io.stderr = {}

--- A file.
---@class file* : userdata
local file = {}

--- How to open a file. Other letters behind the first do nothing, but `x` with `w` or `a`: only if it is new.
---@alias llmspell.OpenMode string
---| "r" # read
---| "w" # write, from nothing
---| "a" # write at the end
---| "r+" # read and write
---| "w+" # read and write, from nothing
---| "a+" # read, and write at the end
---| "rb"
---| "wb"
---| "ab"
---| "r+b"
---| "w+b"
---| "a+b"

--- What to read: a number of bytes, or a format. What follows its letter does nothing.
---@alias llmspell.ReadFormat integer|string
---| "*l" # a line without its end
---| "*L" # a line with its end
---| "*a" # all that is left
---| "*n" # a number
---| "*line" # as `*l`
---| "*all" # as `*a`
---| "*number" # as `*n`
---| "l" # as `*l`
---| "L" # as `*L`
---| "a" # as `*a`
---| "n" # as `*n`

--- Closes a file, standard output if none is given.
---@param f? file*
---@return true|integer|nil done of a program its exit code
---@return string? message
---@return integer? code
function io.close(f) end

--- Writes what is buffered.
---@return true|file*|nil done
---@return string? message
function io.flush() end

--- The file that `io.read` reads, or another one in its place.
---@param f? file*|llmspell.File
---@return file* f
function io.input(f) end

--- Goes through the lines of a file, which is closed at the end. Without a path through those of standard input.
---@param path? llmspell.File
---@param ... llmspell.ReadFormat `*l` if left out
---@return fun(): string|number|nil, any ... iterator
---@overload fun(path?: llmspell.File): fun(): string
---@overload fun(path: llmspell.File, format: "*l"|"*L"|"*a"|"*line"|"*all"|"l"|"L"|"a"|integer): fun(): string
---@overload fun(path: llmspell.File, format: "*n"|"*number"|"n"): fun(): number
function io.lines(path, ...) end

--- Opens a file.
---
--- ```lua
--- local f = assert(io.open("notes.txt", "w"))
--- f:write("one\n", 2, "\n")
--- f:close()
--- for line in io.lines("notes.txt") do print(line) end
--- ```
---@param path llmspell.File
---@param mode? llmspell.OpenMode `r` if left out
---@return file*? f
---@return string? message
---@return integer? code
---@nodiscard
function io.open(path, mode) end

--- The file that `io.write` writes, or another one in its place.
---@param f? file*|llmspell.File
---@return file* f
function io.output(f) end

--- Starts a program with the shell, to read what it writes or to write what it reads.
---@param command string
---@param mode? "r"|"w" `r` if left out
---@return file*? f
---@return string? message
---@return integer? code
---@nodiscard
function io.popen(command, mode) end

--- Reads from standard input.
---@param ... llmspell.ReadFormat `*l` if left out
---@return string|number|nil ... nil at the end
---@overload fun(): string?
---@overload fun(format: "*l"|"*L"|"*a"|"*line"|"*all"|"l"|"L"|"a"|integer): string?
---@overload fun(format: "*n"|"*number"|"n"): number?
function io.read(...) end

--- A file without a name, for a while.
---@return file*? f
---@return string? message
---@return integer? code
---@nodiscard
function io.tmpfile() end

--- Whether a value is a file; nil if not.
---@param v any
---@return "file"|"closed file"|nil kind
---@nodiscard
function io.type(v) end

--- Writes to standard output.
---@param ... string|number
---@return file*|true|nil f
---@return string? message
function io.write(...) end

--- Closes the file.
---@return true|integer|nil done of a program its exit code
---@return string? message
---@return integer? code
function file:close() end

--- Writes what is buffered.
---@return true|file*|nil done
---@return string? message
function file:flush() end

--- Goes through the lines.
---@param ... llmspell.ReadFormat `*l` if left out
---@return fun(): string|number|nil, any ... iterator
---@overload fun(self: file*): fun(): string
---@overload fun(self: file*, format: "*l"|"*L"|"*a"|"*line"|"*all"|"l"|"L"|"a"|integer): fun(): string
---@overload fun(self: file*, format: "*n"|"*number"|"n"): fun(): number
function file:lines(...) end

--- Reads.
---@param ... llmspell.ReadFormat `*l` if left out
---@return string|number|nil ... nil at the end
---@overload fun(self: file*): string?
---@overload fun(self: file*, format: "*l"|"*L"|"*a"|"*line"|"*all"|"l"|"L"|"a"|integer): string?
---@overload fun(self: file*, format: "*n"|"*number"|"n"): number?
function file:read(...) end

--- Moves to a place, and says where that is.
---@param whence? "set"|"cur"|"end" from the start, from here (the default), from the end
---@param offset? integer bytes
---@return integer? position
---@return string? message
function file:seek(whence, offset) end

--- Sets how output is buffered.
---@param mode "no"|"full"|"line"
---@param size? integer
---@return boolean? done
function file:setvbuf(mode, size) end

--- Writes.
---@param ... string|number
---@return file*|true|nil f
---@return string? message
function file:write(...) end
