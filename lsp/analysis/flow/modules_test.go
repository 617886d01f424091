package flow

import (
	"strings"
	"testing"
)

// TestOtherWaysToModules: a field of a module has no other places only if nothing but require
// gives the module.
func TestOtherWaysToModules(t *testing.T) {
	const module = `local M = {} function M.x() end return M`
	at := strings.Index(module, "x()")
	const loaded, globals = "package.loaded", "the metatable of _G"
	for main, want := range map[string]string{
		`require("b").x()`: "",
		`require("b") package.path = "?.lua" print(package["cpath"])`:                          "",
		`require("b") package.loaded.b = nil package.loaded["b"] = nil`:                        "",
		`require("b") require("c") print(package.loaded.c.x)`:                                  "",
		`require("b") package.loaded.b.x()`:                                                    loaded,
		`require("b") package.loaded["b"].x()`:                                                 loaded,
		`require("b") package["loaded"].b.x()`:                                                 loaded,
		`require("b") local L = package.loaded L.b.x()`:                                        loaded,
		`require("b") local n = "b" package.loaded[n].x()`:                                     loaded,
		`require("b") for _, m in pairs(package.loaded) do m.x() end`:                          loaded,
		`require("b") local P = package P.loaded.b.x()`:                                        loaded,
		`require("b") _G.package.loaded.b.x()`:                                                 loaded,
		`require("b") local e = _G e["package"].loaded.b.x()`:                                  loaded,
		`require("b") rawget(package, "loaded").b.x()`:                                         loaded,
		`setmetatable(_G, {__index = require("b")}) x()`:                                       globals,
		`local mt = {} mt.__index = require("b") setmetatable(_G, mt) x()`:                     globals,
		`local mt = getmetatable(_G) or {} mt.__index = require("b") setmetatable(_G, mt) x()`: globals,
		`local e = _G setmetatable(e, {__index = require("b")}) x()`:                           globals,
		`setmetatable(_G, {__newindex = require("b")}) x = 1`:                                  globals,
	} {
		k, ok := solved(main, module, `return {x = 1, y = function() end}`).Keys().At("b.lua", at)
		switch {
		case !ok:
			t.Errorf("%s: not known", main)
		case want == "" && k.Unknown != nil:
			t.Errorf("%s: %+v", main, *k.Unknown)
		case want != "" && (k.Unknown == nil || !strings.Contains(k.Unknown.Text, want) || k.Unknown.URI != "a.lua"):
			t.Errorf("%s: %+v", main, k.Unknown)
		}
	}
}
