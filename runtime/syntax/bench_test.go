package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// kernelScript writes a script of about so many lines: functions, tables, calls of
// tools, comments.
func kernelScript(lines int) string {
	var b strings.Builder
	b.WriteString("local M = {}\n")
	const perStep = 25
	for i := range max(lines/perStep, 1) {
		fmt.Fprintf(&b, `
-- step%[1]d prepares the input and calls the tool.
---@param input table
function M.step%[1]d(input, options)
  local calc, count = Tool.get("calculator"), 0
  for index, item in ipairs(input.items or {}) do
    if item.enabled and type(item.value) == "number" then
      local result = calc:execute({ operation = "evaluate", input = item.value .. " * 2", precision = %[1]d })
      count = count + #tostring(result.value) -- digits
    elseif not item.skip then
      print("item " .. index .. " is skipped", options.name, item[index + 1])
    end
  end
  local settings = {
    name = "step %[1]d", retries = 3, timeout = 1.5e3,
    on_error = function(message) return { ok = false, message = message } end,
  }
  while count > 10 do
    count = math.floor(count / 2) -- halve
  end
  return settings, count
end
`, i)
	}
	b.WriteString("return M\n")
	return b.String()
}

func benchmarkParse(b *testing.B, lines int) {
	text := kernelScript(lines)
	if e := syntax.Parse(text).Errors(); len(e) > 0 {
		b.Fatal(e[0])
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		syntax.Parse(text)
	}
	if used := cpuTime() - start; used > 0 {
		b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	}
}

func BenchmarkParse10k(b *testing.B) { benchmarkParse(b, 10_000) }
func BenchmarkParse5k(b *testing.B)  { benchmarkParse(b, 5_000) }
func BenchmarkParse200(b *testing.B) { benchmarkParse(b, 200) }
