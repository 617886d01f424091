-- The options, what is wrong with them, and where the program is.
local M = {}

---@class llmspell.Options
---@field binary? string the program; default: llmspell on PATH
---@field project_bin? boolean use bin/llmspell of the project, where there is one
---@field lsp? table
---@field dap? table
---@field run? table

-- Each option: its kinds, its default, and what a string may be. A table without kinds
-- is a group.
local function option(kinds, default, choices)
  return { kinds = kinds, default = default, choices = choices }
end

local schema = {
  binary = option({ "string" }),
  project_bin = option({ "boolean" }, false),
  lsp = {
    enabled = option({ "boolean" }, true),
    args = option({ "list" }, {}),
    filetypes = option({ "list" }, { "lua" }),
    root_markers = option({ "list" }, { "llmspell.toml", ".llmspell.toml", ".luarc.json", ".git" }),
    settings = option({ "table" }, {}),
    capabilities = option({ "table" }),
    on_attach = option({ "function" }),
    codelens = option({ "boolean" }, true),
  },
  dap = {
    enabled = option({ "boolean" }, true),
    adapter = option({ "string" }, "executable", { "executable", "server" }),
    args = option({ "list" }, {}),
    launch = option({ "table" }, {}),
    save = option({ "boolean" }, true),
  },
  run = {
    args = option({ "list" }, {}),
    height = option({ "number" }, 15),
  },
}

local function defaults(group)
  local values = {}
  for name, entry in pairs(group) do
    if entry.kinds then
      values[name] = vim.deepcopy(entry.default)
    else
      values[name] = defaults(entry)
    end
  end
  return values
end

-- distance counts the letters to change, add or take away that make b of a.
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(above + 1, row[j - 1] + 1, diagonal + cost)
      diagonal = above
    end
  end
  return row[#b]
end

--- nearest is the name that is most like a word; nil if none is.
---@param word string
---@param names string[]
---@return string?
function M.nearest(word, names)
  local best, least
  local sorted = vim.deepcopy(names)
  table.sort(sorted)
  for _, name in ipairs(sorted) do
    local d = distance(word:lower(), name:lower())
    if d <= math.max(1, math.floor(#word / 3)) and (not least or d < least) then
      best, least = name, d
    end
  end
  return best
end

local function is_list(value)
  return type(value) == "table" and vim.islist(value)
end

local function of_kind(value, kinds)
  for _, kind in ipairs(kinds) do
    if kind == "list" then
      if is_list(value) and vim.iter(value):all(function(item) return type(item) == "string" end) then
        return true
      end
    elseif type(value) == kind then
      return true
    end
  end
  return false
end

local words = { list = "a list of strings" }

local function check(group, given, path, faults)
  for name, value in pairs(given) do
    local entry = group[name]
    local full = path .. tostring(name)
    if not entry then
      local like = M.nearest(tostring(name), vim.tbl_keys(group))
      faults[#faults + 1] = ("%s is no option"):format(full) .. (like and (", did you mean %s?"):format(path .. like) or "")
    elseif not entry.kinds then
      if type(value) == "table" then
        check(entry, value, full .. ".", faults)
      else
        faults[#faults + 1] = ("%s is a %s, want a table of options"):format(full, type(value))
      end
    elseif not of_kind(value, entry.kinds) then
      local want = vim.tbl_map(function(kind) return words[kind] or ("a " .. kind) end, entry.kinds)
      local got = (entry.kinds[1] == "list" and type(value) == "table") and "holds something else" or ("is a " .. type(value))
      faults[#faults + 1] = ("%s %s, want %s"):format(full, got, table.concat(want, " or "))
    elseif entry.choices and not vim.tbl_contains(entry.choices, value) then
      faults[#faults + 1] = ("%s is %q, want %s"):format(full, value, table.concat(entry.choices, " or "))
    end
  end
end

--- check says what is wrong with options, one line each.
---@return string[]
function M.check(options)
  if options == nil then
    return {}
  elseif type(options) ~= "table" then
    return { ("the options are a %s, want a table"):format(type(options)) }
  end
  local faults = {}
  check(schema, options, "", faults)
  table.sort(faults)
  return faults
end

-- Lists are replaced, groups are merged.
local function merge(group, values, given)
  for name, value in pairs(given) do
    if group[name].kinds then
      values[name] = value
    else
      merge(group[name], values[name], value)
    end
  end
  return values
end

local current

--- set takes options over, if nothing is wrong with them.
---@return string[] faults one line each
function M.set(options)
  local faults = M.check(options)
  if #faults == 0 then
    current = merge(schema, defaults(schema), options or {})
  end
  return faults
end

--- get is the options in force.
function M.get()
  current = current or defaults(schema)
  return current
end

--- root is the folder of the project that a buffer belongs to; nil if there is none.
---@return string?
function M.root(buffer)
  return vim.fs.root(buffer or 0, M.get().lsp.root_markers)
end

--- find looks for the program: the option, the project's bin/ if that is allowed, PATH.
---@param root? string the project
---@return string? path
---@return string why where it was found, or why it was not
function M.find(root)
  local options = M.get()
  if options.binary then
    local path = vim.fn.exepath(vim.fn.expand(options.binary))
    if path ~= "" then
      return path, "the option binary"
    end
    return nil, ("the option binary is %q, which is no program: name an executable file"):format(options.binary)
  end
  if options.project_bin and root then
    local path = vim.fn.exepath(vim.fs.joinpath(root, "bin", "llmspell"))
    if path ~= "" then
      return path, "the project"
    end
  end
  local path = vim.fn.exepath("llmspell")
  if path ~= "" then
    return path, "PATH"
  end
  return nil, "there is no llmspell on PATH: install it with `go install github.com/llmspell/llmspell@latest`, or set the option binary"
end

local told = {}

--- program is the path of the program; nil, and one message for each reason, if there is none.
---@param root? string the project
---@param quiet? boolean say it once only
---@return string?
function M.program(root, quiet)
  local path, why = M.find(root)
  if not path and not (quiet and told[why]) then
    told[why] = true
    vim.notify("llmspell: " .. why, vim.log.levels.ERROR)
  end
  return path
end

return M
