package admin

import "github.com/lazaret/lazaret/internal/admin/auth"

// A Row is an operation of the table.
type Row struct {
	ID, Method, Path string
	Least            auth.Role
	Open             bool // to anyone
}

// Table is the table of operations.
func Table() (out []Row) {
	for _, o := range operations() {
		row := Row{ID: o.id, Method: o.method, Path: Prefix + o.path, Least: o.least, Open: o.least == anyone}
		if row.Open {
			row.Least = 0
		}
		out = append(out, row)
	}
	return out
}
