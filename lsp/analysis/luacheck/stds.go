package luacheck

import (
	"slices"
	"strings"
)

// builtin is one of luacheck's own standards, as far as it has globals beyond those of
// Lua: nil of all others. Nothing is said of their fields.
func builtin(name string) *custom {
	names := map[string]string{
		"luajit": "jit bit", "ngx_lua": "jit bit ngx ndk", "love": "jit bit love", "playdate": "playdate json import",
		"busted":     "describe insulate expose it pending before_each after_each lazy_setup lazy_teardown strict_setup strict_teardown setup teardown context spec test finally spy mock stub match assert randomize",
		"rockspec":   "rockspec_format package version description supported_platforms dependencies external_dependencies source build hooks deploy build_dependencies test_dependencies test",
		"ldoc":       "file project title package all format output dir colon boilerplate ext one style template merge icon description full_description examples readme topics pretty prettify_files charset sort no_return_or_parms no_lua_ref backtick_references plain wrap manual_url no_summary custom_see_handler add_language_extension new_type alias tparam_alias parse_extra custom_tags",
		"luacheckrc": strings.Join(slices.Concat(flags(), lists(), limits(), others()), " ") + " std stds files",
	}[name]
	if names == "" {
		return nil
	}
	return &custom{globals: &fields{names: strings.Fields(names)}}
}

// plain are luacheck's standards that are versions of Lua.
func plain() []string {
	return []string{"none", "min", "max", "_G", "lua51", "lua51c", "lua52", "lua52c", "lua53", "lua53c", "lua54", "lua54c", "minetest"}
}

// ofPath are the standards that files have by what they are called.
func ofPath(file string) []string {
	file = cleanPath(file)
	base := file[strings.LastIndexByte(file, '/')+1:]
	switch {
	case strings.HasSuffix(file, "_spec.lua"):
		return []string{"busted"}
	case strings.HasSuffix(file, ".rockspec"):
		return []string{"rockspec"}
	case strings.HasSuffix(file, ".luacheckrc"):
		return []string{"luacheckrc"}
	case base == "config.ld":
		return []string{"ldoc"}
	}
	return nil
}

// knownStd tells whether there is a standard of a name.
func knownStd(name string, stds map[string]*custom) bool {
	return stds[name] != nil || builtin(name) != nil || slices.Contains(plain(), name)
}

// others are options of a file that have no effect here: they say how luacheck prints and
// runs, or are of warnings that are none here.
func others() []string {
	return []string{"quiet", "color", "codes", "ranges", "formatter", "cache", "jobs", "operators", "include_files", "exclude_files"}
}
