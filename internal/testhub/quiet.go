package testhub

import (
	"context"
	"io"
	"reflect"

	"github.com/sirupsen/logrus"
)

// quietContext gives distribution a logger that logs nothing. distribution takes its
// logger from the context, but exports neither the key nor a function that sets it; the
// alternative is to silence logrus for the whole process, which is not ours to do.
type quietContext struct {
	context.Context
	logger *logrus.Entry
}

func quietLogger() *logrus.Entry {
	return logrus.NewEntry(&logrus.Logger{
		Out: io.Discard, Formatter: &logrus.TextFormatter{}, Hooks: logrus.LevelHooks{}, Level: logrus.PanicLevel,
	})
}

func (h *Hub) quiet(ctx context.Context) context.Context { return quietContext{ctx, h.logger} }

// Value knows distribution's key by the name of its type. Should that change, the hub
// logs to stderr and is otherwise as good.
func (c quietContext) Value(key any) any {
	if reflect.TypeOf(key).String() == "dcontext.loggerKey" {
		return c.logger
	}
	return c.Context.Value(key)
}
