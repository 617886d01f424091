package luagen

import (
	"fmt"
	"strings"
)

// KernelScript returns a script of about so many lines, such as people write for a
// kernel: annotated functions, calls of tools, state, closures. It is for measuring
// tools that read scripts; nothing in it is random. Its functions are M.step0, M.step1
// and so on, its last line is "local last = M.new("last")" and a line break, and what is
// measured may follow.
func KernelScript(lines int) string {
	const head = 8  // lines before the first function
	const each = 20 // lines of a function
	var b strings.Builder
	b.WriteString(kernelHead)
	for i := range max(0, (lines-head)/each) {
		fmt.Fprintf(&b, kernelStep, i)
	}
	b.WriteString("local last = M.new(\"last\")\n")
	return b.String()
}

const kernelHead = `local calc = Tool.get("calculator")
local M = {}
M.__index = M

function M.new(name)
	return setmetatable({ name = name, items = {} }, M)
end

`

const kernelStep = `--- Does step %[1]d.
---@param list number[]
---@return number
function M.step%[1]d(list, options)
	local total = 0
	for i, v in ipairs(list) do
		if v > %[1]d and options.verbose then
			print(string.format("%%d: %%s", i, tostring(v)))
		elseif v == nil then
			return 0
		end
		total = total + v * 2
	end
	local r = calc:execute({ operation = "evaluate", input = "1 + " .. total })
	State.set("step%[1]d", { total = total, text = r.result })
	local ok, err = pcall(function() return M.new("x%[1]d") end)
	if not ok then error(err) end
	return total
end

`
