//go:build linux

package lualib

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// callPrelude defines call, which prints the results of f or its error, and then
// what f has done to a table it was given.
const callPrelude = `
local function show(t)
	local parts = {}
	for i = -2, 8 do parts[#parts + 1] = tostring(t[i]) end
	print("  table", unpack(parts))
end
local function call(f, ...)
	print(pcall(f, ...))
	if type((...)) == "table" then show((...)) end
end
`

// generatedArguments are what generated calls pass. Every use makes a new value.
var generatedArguments = strings.Split(`nil|true|false|0|1|-1|2|3|3.7|-0.5|7|1e8|-2|"10"|"0x10"|" 5 "|"abc"|""|"-1e1"|"z"|{}|{1,2,3}|{3,1,2}|{"b","a","c"}|{1,"x"}|{1,nil,3}|{x=1}|{[0]=0,[-1]=1,5}|print|16`, "|")

// generatedFunctions are the functions to call and how many arguments they take.
// Left out are those whose results are meant to differ and those that would
// depend on the machine.
var generatedFunctions = []struct {
	name      string
	arguments int
}{
	{"type", 1}, {"tostring", 1}, {"tonumber", 2}, {"select", 3}, {"rawequal", 2}, {"rawget", 2}, {"rawset", 3},
	{"unpack", 3}, {"ipairs", 1}, {"pairs", 1}, {"getmetatable", 1}, {"setmetatable", 2}, {"newproxy", 1},
	{"table.concat", 4}, {"table.insert", 3}, {"table.insert", 2}, {"table.remove", 2}, {"table.maxn", 1}, {"table.getn", 1},
	{"table.setn", 2}, {"table.foreachi", 2}, {"table.sort", 1}, {"table.sort", 2},
	{"math.abs", 1}, {"math.ceil", 1}, {"math.floor", 1}, {"math.fmod", 2}, {"math.mod", 2}, {"math.modf", 1}, {"math.frexp", 1},
	{"math.ldexp", 2}, {"math.max", 3}, {"math.min", 3}, {"math.pow", 2}, {"math.sqrt", 1}, {"math.deg", 1}, {"math.rad", 1},
	{"math.exp", 1}, {"math.log10", 1}, {"math.sin", 1}, {"math.cos", 1}, {"math.tan", 1}, {"math.atan2", 2}, {"math.sinh", 1},
	{"math.random", 2}, {"math.randomseed", 1}, {"os.difftime", 2}, {"os.getenv", 1},
	{"io.type", 1}, {"io.open", 2}, {"os.remove", 1}, {"os.rename", 2}, {"print", 2},
}

// generatedCalls writes n lines of calls, half of them through pcall and half from
// a function of the script, whose position and names errors then carry.
func generatedCalls(seed int64, n int) string {
	random := rand.New(rand.NewSource(seed))
	var out strings.Builder
	out.WriteString(callPrelude)
	for range n {
		f := generatedFunctions[random.Intn(len(generatedFunctions))]
		args := make([]string, random.Intn(f.arguments+2))
		for i := range args {
			args[i] = generatedArguments[random.Intn(len(generatedArguments))]
		}
		list := strings.Join(args, ", ")
		if random.Intn(2) == 0 && f.name != "pairs" {
			fmt.Fprintf(&out, "print(pcall(function() return (%s(%s)) end))\n", f.name, list)
		} else {
			comma := ""
			if list != "" {
				comma = ", "
			}
			fmt.Fprintf(&out, "call(%s%s%s)\n", f.name, comma, list)
		}
	}
	return out.String()
}

func TestGeneratedCallsAgreeWithPUC(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for seed := range int64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			sameAsPUC(t, generatedCalls(seed, 1000))
		})
	}
}
