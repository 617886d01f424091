local M = {size = 1.5}
package.loaded["mod.loadedas"] = M
package.loaded["mod.other"] = {}
