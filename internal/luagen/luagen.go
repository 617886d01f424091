package luagen

import "strings"

// Options choose what a program contains. The zero value is a program of
// assignments, loops, functions and tables on plain lines; All turns everything
// on.
type Options struct {
	Assignments bool // multiple assignments: swaps, rotations, items with their own index
	Coroutines  bool // create, resume, yield, wrap, status
	Errors      bool // error, pcall, xpcall
	Metatables  bool // classes, operators, methods
	Closures    bool // functions that share and outlive variables
	Varargs     bool // ..., select, unpack
	Strings     bool // string functions, patterns, long strings
	MultiLine   bool // expressions, calls and constructors over several lines
	// Size is about the number of statements. Zero means 60.
	Size int
}

// All returns options with every feature on.
func All() Options {
	return Options{
		Assignments: true, Coroutines: true, Errors: true, Metatables: true, Closures: true,
		Varargs: true, Strings: true, MultiLine: true,
	}
}

// defaultSize is the number of statements when the options name none.
const defaultSize = 60

// Program returns the program of a seed.
func Program(seed int64, opts Options) string {
	return generate(newRandom(seed), opts)
}

// FromBytes returns the program that data describes, with every feature on:
// each choice takes a byte, and when none is left the simplest is taken. It
// gives a fuzzer a handle on programs: small changes of data are small changes
// of the program, and shorter data is a shorter program.
func FromBytes(data []byte) string {
	opts := All()
	opts.Size = min(4+len(data)/6, 400)
	return generate(&bytesChoice{data: data}, opts)
}

// generate writes a whole program.
func generate(c choices, opts Options) string {
	if opts.Size <= 0 {
		opts.Size = defaultSize
	}
	g := &generator{choices: c, opts: opts, left: opts.Size, names: map[string]int{}}
	g.fn = &function{}
	g.out.WriteString(prologue)
	if opts.Metatables {
		g.out.WriteString(classes)
	}
	g.push()
	for _, k := range []kind{number, list, number, text} {
		g.declareOne(k)
	}
	for g.left > 0 {
		g.statement()
	}
	g.showAll()
	g.pop()
	return g.out.String()
}

// prologue holds what the programs call by name. brief leaves the place out of
// a message, but keeps the line.
const prologue = `local function brief(message)
  if type(message) == "table" then return "code " .. tostring(message.code) end
  return (tostring(message):gsub("^[^:\n]*:(%d+): ", "line %1: "))
end
`

// classes are the two classes of the programs' objects; each object holds a
// number below 997.
const classes = `local Box = {}
Box.__index = Box
local function value(x) return type(x) == "table" and x.value or x end
function Box.new(n) return setmetatable({ value = value(n) % 997 + 0 }, Box) end
function Box:add(n) self.value = (self.value + n) % 997 + 0 return self end
function Box:copy() return setmetatable({ value = self.value }, getmetatable(self)) end
function Box:total(...)
  local sum = self.value
  for i = 1, select("#", ...) do
    sum = sum + select(i, ...)
  end
  return sum % 9973 + 0
end
Box.__add = function(a, b) return Box.new(value(a) + value(b)) end
Box.__unm = function(a) return Box.new(996 - a.value) end
Box.__eq = function(a, b) return a.value == b.value end
Box.__lt = function(a, b) return a.value < b.value end
Box.__le = function(a, b) return a.value <= b.value end
Box.__concat = function(a, b) return "<" .. tostring(value(a)) .. tostring(value(b)) .. ">" end
Box.__call = function(self, n) return (self.value + n) % 997 + 0 end
Box.__tostring = function(self) return "Box " .. self.value end
local Tall = setmetatable({}, { __index = Box })
for _, name in ipairs({ "add", "unm", "eq", "lt", "le", "concat", "call" }) do
  Tall["__" .. name] = Box["__" .. name]
end
Tall.__index = function(self, key)
  if key == "height" then return rawget(self, "value") end
  return Tall[key]
end
Tall.__tostring = function(self) return "Tall " .. self.height end
function Tall.new(n) return setmetatable(Box.new(n), Tall) end
function Tall:total(...) return (Box.total(self, ...) + select("#", ...)) % 9973 + 0 end
`

// generator is the state of writing one program.
type generator struct {
	choices
	opts   Options
	out    strings.Builder
	left   int // statements still to write
	indent int
	scopes []*scope
	fn     *function // the function being written
	loops  int       // loops around this place, within the function
	weight int       // how often this place may run, for one run of the function; 0 is once
	names  map[string]int
	inCo   bool // a yield is allowed here
}

// line writes one line at the current indentation.
func (g *generator) line(parts ...string) {
	g.out.WriteString(strings.Repeat("  ", g.indent))
	for _, p := range parts {
		g.out.WriteString(p)
	}
	g.out.WriteByte('\n')
}

// block writes an indented block in a scope of its own, between two lines.
func (g *generator) block(first, last string, body func()) {
	g.line(first)
	g.indent++
	g.push()
	body()
	g.pop()
	g.indent--
	if last != "" {
		g.line(last)
	}
}
