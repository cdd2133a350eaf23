package notify

import "context"

// Round does once what Run does again and again; attempts ends the attempts.
func (n *Notifier) Round(ctx, attempts context.Context) error {
	if _, err := n.route(ctx); err != nil {
		return err
	}
	for _, h := range n.hooks {
		for more := true; more; {
			var err error
			if more, err = n.deliver(ctx, attempts, h); err != nil {
				return err
			}
		}
	}
	_, err := n.sweep(ctx)
	return err
}

// Names are those of the webhooks.
func (n *Notifier) Names() (out []string) {
	for _, h := range n.hooks {
		out = append(out, h.name)
	}
	return out
}

// Harmless and Backoff are what they are called within.
var (
	Harmless = harmless
	Backoff  = backoff
	TopicOf  = topicOf
)
