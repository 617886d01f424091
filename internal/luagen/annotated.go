package luagen

import (
	"fmt"
	"strings"
)

// AnnotatedScript is a KernelScript whose parts are annotated classes: fields, methods,
// metamethods, generics, overloads and aliases. It ends with the same kind of line.
func AnnotatedScript(lines int) string {
	each := strings.Count(annotatedClass, "\n")
	var b strings.Builder
	b.WriteString(annotatedHead)
	for i := range max(0, (lines-strings.Count(annotatedHead, "\n")-1)/each) {
		fmt.Fprintf(&b, annotatedClass, i)
	}
	b.WriteString("local last = Node.new(\"last\")\n")
	return b.String()
}

const annotatedHead = `---@class Node
---@field name string
---@field children Node[]
local Node = {}
Node.__index = Node

---@param name string
---@return Node
function Node.new(name)
  return setmetatable({ name = name, children = {} }, Node)
end

`

const annotatedClass = `do
  ---@alias Kind%[1]d "open" | "paid" | "sent"

  ---@class Item%[1]d : Node
  ---@field sku string
  ---@field qty integer # how many there are
  ---@field price number
  ---@field tags string[]
  ---@field meta? table<string, any>
  ---@operator add(Item%[1]d): Item%[1]d
  local Item = setmetatable({}, { __index = Node })
  Item.__index = Item

  ---@param sku string
  ---@param qty? integer
  ---@param price? number
  ---@return Item%[1]d
  function Item.new(sku, qty, price)
    return setmetatable({ name = sku, sku = sku, qty = qty or 0, price = price or 0, tags = {} }, Item)
  end

  function Item:total() return self.qty * self.price end
  Item.__tostring = function(self) return ("%%s x%%d"):format(self.sku, self.qty) end
  Item.__add = function(a, b) return Item.new(a.sku, a.qty + b.qty, a.price) end

  ---@class Store%[1]d
  ---@field private items table<string, Item%[1]d>
  ---@field listeners fun(event: string, item: Item%[1]d)[]
  local Store = {}
  Store.__index = Store

  ---@return Store%[1]d
  function Store.create()
    local self = setmetatable({}, Store)
    self.items, self.listeners = {}, {}
    return self
  end

  ---@param item Item%[1]d|string
  ---@param kind? Kind%[1]d
  ---@overload fun(self: Store%[1]d, sku: string, qty: integer): Item%[1]d
  function Store:add(item, kind)
    if type(item) == "string" then item = Item.new(item, 1) end
    local old = self.items[item.sku]
    if old then item = old + item end
    self.items[item.sku] = item
    for i, listener in ipairs(self.listeners) do listener(kind or "open", item) end
    return item
  end

  ---@generic T
  ---@param list T[]
  ---@param accepts fun(item: T): boolean
  ---@return T[]
  local function filter(list, accepts)
    local out = {}
    for _, item in ipairs(list) do
      if accepts(item) then out[#out + 1] = item end
    end
    return out
  end

  local store = Store.create()
  store:add(Item.new("a%[1]d", 3, 1.5), "paid")
  local some = filter({ Item.new("b"), Item.new("c", 2) }, function(item) return item.qty > 1 end)
  for _, item in ipairs(some) do print(item.sku, item:total(), tostring(item + item), #item.tags) end
end

`
