-- Counts lines, words and bytes of files, and writes a summary.
local function read_lines(path)
  local file, err = io.open(path, "r")
  if not file then
    return nil, err
  end
  local lines = {}
  for line in file:lines() do
    lines[#lines + 1] = line
  end
  file:close()
  return lines
end

local function count(lines)
  local result = {lines = #lines, words = 0, bytes = 0, longest = ""}
  for _, line in ipairs(lines) do
    result.bytes = result.bytes + #line + 1
    if #line > #result.longest then
      result.longest = line
    end
    for _ in line:gmatch("%S+") do
      result.words = result.words + 1
    end
  end
  return result
end

local function extension(path)
  local name = path:match("([^/]+)$")
  local ext = name and name:match("%.(%w+)$")
  return ext or "", name
end

local files = {"a.lua", "docs/b.md", "c.txt"}
local by_kind = {}
local missing = {}

for _, path in ipairs(files) do
  local lines, err = read_lines(path)
  if lines then
    local stats = count(lines)
    local ext, name = extension(path)
    local kind = by_kind[ext]
    if not kind then
      kind = {files = 0, lines = 0, names = {}}
      by_kind[ext] = kind
    end
    kind.files = kind.files + 1
    kind.lines = kind.lines + stats.lines
    kind.names[#kind.names + 1] = name
  else
    missing[path] = err
  end
end

local out = assert(io.open("summary.txt", "w"))
for ext, kind in pairs(by_kind) do
  local mean = kind.lines / kind.files
  out:write(("%s: %d files, %.1f lines: %s\n"):format(ext, kind.files, mean, table.concat(kind.names, " ")))
end
for path, reason in pairs(missing) do
  out:write(path .. ": " .. reason .. "\n")
end
out:close()

local answer = Tool.execute("file-operations", {operation = "read", path = "summary.txt"})
if answer.success then
  print(answer.text)
end
local size = 0
local handle = io.open("summary.txt", "rb")
if handle then
  size = handle:seek("end") or 0
  handle:close()
end
print(size, os.getenv("HOME") or "no home", os.time() - os.clock())
