package archive

import (
	"encoding/json"
	"errors"
)

func (x *exporter) executions(id string) error {
	n, err := lines(x, executionsFile, func(scan func(...any) error) (b bundleExecution, err error) {
		var source, vars int64
		var args, output, result []byte
		var outputEncoding, resultEncoding int
		var outcome string
		if err := scan(&b.Sequence, &b.Kind, &b.Name, &source, &b.Source, &args, &b.Dir, &b.State, &vars, &b.Variables, &b.Started, &b.Duration, &outcome,
			&output, &outputEncoding, &b.Printed, &result, &resultEncoding, &b.Error, &b.Dropped); err != nil {
			return b, err
		}
		b.Outcome, b.Args = Outcome(outcome), args
		if err := sound(args); err != nil {
			x.leave(errf(ErrDamaged, "the arguments of execution %d: %v", b.Sequence, err))
			b.Args = json.RawMessage("[]")
		}
		switch err := x.use(source, b.Source, "the source of execution %d", b.Sequence); {
		case errors.Is(err, ErrDamaged):
			x.leave(err)
			b.Source = x.write(lostSource)
		case err != nil:
			return b, err
		}
		if vars != 0 {
			err := x.use(vars, b.Variables, "the variables that execution %d began with", b.Sequence)
			switch {
			case errors.Is(err, ErrDamaged):
				x.leave(err)
				b.Variables = ""
			case err != nil:
				return b, err
			}
		}
		if b.Output, err = x.s.codec.unpack(output, outputEncoding); err != nil {
			x.leave(errf(ErrDamaged, "the output of execution %d: %v", b.Sequence, err))
			b.Output = nil
		}
		if b.Result, err = x.value(result, resultEncoding); err != nil {
			x.leave(errf(ErrDamaged, "the result of execution %d: %v", b.Sequence, err))
			b.Result = json.RawMessage("[]")
		}
		if err := checked(nil, b.check(), "execution %d", b.Sequence); err != nil {
			return b, err
		}
		x.ran[b.Sequence] = true
		return b, nil
	}, `SELECT e.sequence, e.kind, e.name, e.source, coalesce(c.hash, ''), e.args, e.dir, e.state, coalesce(e.variables, 0), coalesce(v.hash, ''), e.started, e.duration, e.outcome,
		e.output, e.output_encoding, e.output_size, e.result, e.result_encoding, e.error, e.dropped
		FROM executions e LEFT JOIN contents c ON c.id = e.source LEFT JOIN contents v ON v.id = e.variables WHERE e.session = ? ORDER BY e.sequence`, id)
	if err != nil {
		return err
	}
	count := `SELECT count(*) FROM executions WHERE session = ?`
	if x.s.salvaged != nil { // it has what was found
		count = `SELECT next_execution - 1 FROM sessions WHERE id = ?`
	}
	return x.complete("executions", n, count, id)
}

func (x *exporter) entries(id string) error {
	_, err := lines(x, entriesFile, func(scan func(...any) error) (b bundleEntry, err error) {
		defer func() {
			if errors.Is(err, ErrDamaged) {
				err = errf(ErrDamaged, "entry %d of execution %d (%s): %v", b.Sequence, b.Execution, clip(b.Name), err)
			}
		}()
		var params, result []byte
		var paramsEncoding, resultEncoding int
		if err := scan(&b.Execution, &b.Sequence, &b.Kind, &b.Name, &b.Started, &b.Duration, &params, &paramsEncoding, &result, &resultEncoding); err != nil {
			return b, err
		}
		if !x.ran[b.Execution] {
			return b, errf(ErrDamaged, "its execution cannot be found")
		}
		if b.Params, err = x.value(params, paramsEncoding); err != nil {
			return b, err
		}
		if b.Result, err = x.value(result, resultEncoding); err != nil {
			return b, err
		}
		if err := b.check(); err != nil {
			return b, errf(ErrDamaged, "%v", err)
		}
		return b, nil
	}, `SELECT execution, sequence, kind, name, started, duration, params, params_encoding, result, result_encoding
		FROM entries WHERE session = ? ORDER BY execution, sequence`, id)
	return err
}
