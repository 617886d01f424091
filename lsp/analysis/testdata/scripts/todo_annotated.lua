-- A list of things to do, with annotated classes.

---@alias Priority "low"|"normal"|"high"

---@class Task
---@field id integer
---@field title string
---@field priority Priority
---@field done boolean
---@field due? string
---@field tags string[]

---@class TaskFilter
---@field done? boolean
---@field priority? Priority
---@field tag? string

---@class Store
---@field save fun(self: Store, tasks: Task[]): boolean, string?
---@field load fun(self: Store): Task[]?

---@class StateStore : Store
---@field key string
local StateStore = {}
StateStore.__index = StateStore

---@param key string
---@return StateStore
function StateStore.new(key)
  return setmetatable({key = key}, StateStore)
end

function StateStore:save(tasks)
  State.set(self.key, tasks)
  return true
end

function StateStore:load()
  return State.get(self.key)
end

---@class TaskList
---@field tasks Task[]
---@field store Store
---@field next_id integer
local TaskList = {}
TaskList.__index = TaskList

---@param store Store
---@return TaskList
function TaskList.new(store)
  local tasks = store:load() or {}
  return setmetatable({tasks = tasks, store = store, next_id = #tasks + 1}, TaskList)
end

---@param title string
---@param options? {priority?: Priority, due?: string, tags?: string[]}
---@return Task
function TaskList:add(title, options)
  options = options or {}
  ---@type Task
  local task = {
    id = self.next_id,
    title = title,
    priority = options.priority or "normal",
    done = false,
    due = options.due,
    tags = options.tags or {},
  }
  self.next_id = self.next_id + 1
  self.tasks[#self.tasks + 1] = task
  return task
end

---@param id integer
---@return Task? task
---@return integer? index
function TaskList:find(id)
  for index, task in ipairs(self.tasks) do
    if task.id == id then
      return task, index
    end
  end
end

---@param filter TaskFilter
---@return fun(): Task?
function TaskList:each(filter)
  local at = 0
  return function()
    while at < #self.tasks do
      at = at + 1
      local task = self.tasks[at]
      local wanted = (filter.done == nil or task.done == filter.done)
        and (not filter.priority or task.priority == filter.priority)
      if wanted then
        return task
      end
    end
  end
end

---@generic T, R
---@param list T[]
---@param fn fun(item: T, index: integer): R
---@return R[]
local function map(list, fn)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = fn(item, i)
  end
  return out
end

local list = TaskList.new(StateStore.new("tasks"))
list:add("write", {priority = "high", tags = {"work"}})
list:add("rest")
local task, index = list:find(1)
if task then
  task.done = true
  print(task.title, index, task.due or "any time", task.tags[1])
end
for open in list:each({done = false}) do
  print(open.id, open.title, open.priority)
end
local titles = map(list.tasks, function(item) return item.title end)
local lengths = map(titles, function(title, i) return #title + i end)
print(titles[1], lengths[1], #list.tasks)
local saved, reason = list.store:save(list.tasks)
if not saved then
  error(reason)
end
