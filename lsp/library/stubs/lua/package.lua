---@meta

--- How `require` finds modules.
---@class packagelib
package = {}

--- The folder separator and other marks, a line each.
---@type string
package.config = "/\n;\n?\n!\n-"

--- Where modules are looked for: the script's folder first.
---@type string
package.path = ""

--- Empty: there are no C modules.
---@type string
package.cpath = ""

--- The modules that were loaded.
---@type table<llmspell.Module, any>
package.loaded = {}

--- The functions that look for modules.
---@type function[]
package.loaders = {}

--- The same table as `package.loaders`.
---@type function[]
package.searchers = {}

--- Functions that make modules, by name.
---@type table<llmspell.Module, function>
package.preload = {}

--- Not supported: raises an error.
---@deprecated C modules cannot be loaded
---@param path string
---@param name string
---@return never
function package.loadlib(path, name) end

--- Lets a module see the globals.
---@param module table
function package.seeall(module) end
