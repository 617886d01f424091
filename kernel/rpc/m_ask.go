package rpc

import "github.com/llmspell/llmspell/kernel"

// asked is the session that a question is about.
func (p *peer) asked(method, id string) (*kernel.Hosted, error) {
	if id == "" {
		return p.own()
	}
	return p.hosted(method, id)
}

// position refuses what is outside of code.
func position(method, code string, at int) *Error {
	if at < 0 || at > len(code) {
		return badParam("position", "%s: position %d is outside of the code, which has %d bytes", method, at, len(code))
	}
	return nil
}

// complete is exec.complete.
func (p *peer) complete(c ctx, r *CompleteParams) (kernel.Completions, error) {
	if e := position("exec.complete", r.Code, r.Position); e != nil {
		return kernel.Completions{}, e
	}
	h, err := p.asked("exec.complete", r.Session)
	if err != nil {
		return kernel.Completions{}, err
	}
	return h.Complete(c, r.Code, r.Position)
}

// inspect is exec.inspect.
func (p *peer) inspect(c ctx, r *InspectParams) (kernel.Inspection, error) {
	if e := position("exec.inspect", r.Code, r.Position); e != nil {
		return kernel.Inspection{}, e
	}
	h, err := p.asked("exec.inspect", r.Session)
	if err != nil {
		return kernel.Inspection{}, err
	}
	return h.Inspect(c, r.Code, r.Position, r.Detail)
}

// variables is exec.variables.
func (p *peer) variables(c ctx, r *VariablesParams) (kernel.Variables, error) {
	if r.Start < 0 || r.Count < 0 {
		return kernel.Variables{}, badParam("start", "exec.variables: start and count must not be negative")
	}
	h, err := p.asked("exec.variables", r.Session)
	if err != nil {
		return kernel.Variables{}, err
	}
	if r.Raw {
		return h.Members(c, r.Expression, r.Start, r.Count)
	}
	if r.Expression != "" {
		return h.Children(c, r.Expression, r.Start, r.Count)
	}
	return h.Variables(c, r.Start, r.Count)
}

// isComplete is exec.isComplete.
func (p *peer) isComplete(_ ctx, r *CodeParam) (kernel.Completeness, error) {
	return kernel.IsComplete(r.Code), nil
}
