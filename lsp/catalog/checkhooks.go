package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools/schema"
)

// answerMembers are the members of a table that a hook returns.
func answerMembers() []string {
	return []string{"type", "data", "reason", "target", "delay_ms", "max_attempts"}
}

// CheckHookResult returns what is wrong with what a hook returns: a value as those of
// LiteralField. The messages are the kernel's, but for texts and members that work as
// something else than they were probably meant to.
func CheckHookResult(v any) []Problem {
	switch v := v.(type) {
	case string:
		return hookText(v)
	case *LiteralTable:
		return hookAnswer(v)
	}
	if kind := LuaTypeOf(v); kind != "" && kind != "nil" {
		return []Problem{hookProblem(hooks.NoResult(kind).Error())}
	}
	return nil
}

func hookProblem(message string, at ...int) Problem {
	p := Problem{Code: HookResult, At: at, Message: message}
	if len(at) > 0 {
		p.On = OnValue
	}
	return p
}

// hookText finds words that cancel a call with themselves as the reason.
func hookText(text string) []Problem {
	switch text {
	case "continue", "skip", "skipped", "cancel", "cancelled":
		return nil
	case "modified", "redirect", "replace", "retry":
		return []Problem{hookProblem(fmt.Sprintf("the text %q cancels with that reason: return a table to do something else, as {type = %q, …}", text, text))}
	}
	near := hooks.NearestKind(text)
	switch near {
	case "continue", "skip", "skipped":
		p := hookProblem(fmt.Sprintf("the text %q cancels with that reason; did you mean %q?", text, near))
		p.Fixes = []Fix{replaceName(near)}
		return []Problem{p}
	}
	return nil
}

func hookAnswer(t *LiteralTable) []Problem {
	root := literal(t, 1)
	at := func(name string) *branch {
		for i := range root.of {
			if root.of[i].key == name {
				return &root.of[i]
			}
		}
		return nil
	}
	word := ""
	b := at("type")
	if b != nil {
		if _, unknown := b.node.value.(schema.Unknown); unknown {
			return hookMembers(root, nil)
		}
		word, _ = b.node.value.(string)
	} else if t.Open {
		return nil
	}
	kind, err := hooks.ParseKind(word)
	if err != nil {
		p := hookProblem(err.Error())
		if b != nil {
			p = hookProblem(err.Error(), b.at)
			if near := hooks.NearestKind(word); near != "" {
				p.Fixes = []Fix{replaceName(near)}
			}
			return hookMembers(root, []Problem{p})
		}
		if out := hookMembers(root, nil); len(out) > 0 {
			return out // a misspelt type
		}
		return []Problem{p}
	}
	var out []Problem
	switch kind {
	case hooks.Redirect:
		if to := at("target"); to == nil && !t.Open {
			out = append(out, hookProblem(hooks.NoTarget().Error()))
		} else if to != nil {
			if s, ok := to.node.value.(string); !known(to) || ok && s != "" {
				break
			}
			out = append(out, hookProblem(hooks.NoTarget().Error(), to.at))
		}
	case hooks.Modified, hooks.Replace:
		out = hookData(root, at("data"), kind, strings.ToLower(word))
	case hooks.Retry:
		for _, name := range [...]string{"delay_ms", "max_attempts"} {
			if n := at(name); n != nil && known(n) {
				if err := retryNumber(name, t.Fields[n.at].Value); err != nil {
					out = append(out, hookProblem(err.Error(), n.at))
				}
			}
		}
	}
	return hookMembers(root, out)
}

// known tells whether the text says what a part is, or that it is a function.
func known(b *branch) bool {
	_, unknown := b.node.value.(schema.Unknown)
	return !unknown
}

func hookData(root *node, data *branch, kind hooks.Kind, word string) []Problem {
	switch {
	case data == nil:
		if kind == hooks.Modified && !root.open {
			return []Problem{hookProblem(hooks.NoData().Error())}
		}
	case data.node.bad != nil:
		p := unusable(data.node, "", "")
		p.Code, p.On = HookResult, OnValue
		p.At = append([]int{data.at}, p.At...)
		reason := data.node.bad.reason
		if path := data.node.bad.path; path != "" {
			reason = path + ": " + reason
		}
		p.Message = "the data of the result " + word + ": " + reason
		return []Problem{p}
	case kind == hooks.Modified && known(data):
		if _, ok := data.node.value.(map[string]any); !ok {
			return []Problem{hookProblem(hooks.NoData().Error(), data.at)}
		}
	}
	return nil
}

func retryNumber(name string, v any) error {
	if f, ok := v.(float64); ok {
		return hooks.CheckRetryNumber(name, f)
	}
	return hooks.NoRetryNumber(name, LuaTypeOf(v))
}

// hookMembers adds the members that nothing looks at, and that nearly have the name of one.
func hookMembers(root *node, out []Problem) []Problem {
	members := answerMembers()
	for _, b := range root.of {
		if b.index > 0 || slices.Contains(members, b.key) {
			continue
		}
		near := schema.Nearest(b.key, members)
		if near == "" || slices.ContainsFunc(root.of, func(o branch) bool { return o.key == near }) {
			continue
		}
		p := hookProblem(fmt.Sprintf("nothing looks at the member %q of a hook's result; did you mean %q?", b.key, near), b.at)
		p.On, p.Fixes = OnKey, []Fix{replaceKey(near)}
		out = append(out, p)
	}
	return out
}
