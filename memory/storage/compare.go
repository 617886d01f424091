package storage

import (
	"context"
	"fmt"
	"slices"
)

// Compare says in what two places differ, of some tenants; nil: of all. Without differences they hold the same.
func Compare(ctx context.Context, a, b Source, tenants []string) (out []string, err error) {
	if tenants == nil {
		for _, s := range []Source{a, b} {
			names, err := s.Tenants(ctx)
			if err != nil {
				return nil, err
			}
			tenants = append(tenants, names...)
		}
		slices.Sort(tenants)
		tenants = slices.Compact(tenants)
	}
	for _, tenant := range tenants {
		here, err := Summarize(ctx, a, tenant)
		if err != nil {
			return nil, err
		}
		there, err := Summarize(ctx, b, tenant)
		if err != nil {
			return nil, err
		}
		for _, d := range here.differs(there, a.Where(), b.Where()) {
			out = append(out, fmt.Sprintf("tenant %q: %s", tenant, d))
		}
	}
	return out, nil
}
