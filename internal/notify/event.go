package notify

import (
	"encoding/json"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/lazaret/lazaret/internal/records"
)

// typePrefix begins the types of our CloudEvents.
const typePrefix = "io.lazaret."

// cloudEvent is a notification in structured mode: the JSON format of CloudEvents 1.0
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). It is
// the same at each attempt.
func cloudEvent(source string, x records.Notification) ([]byte, error) {
	e := event.New()
	e.SetID(x.UID)
	e.SetSource(source)
	e.SetType(typePrefix + x.Type)
	e.SetSubject(x.Subject)
	e.SetTime(x.At)
	if err := e.SetData(event.ApplicationJSON, x.Data); err != nil {
		return nil, fmt.Errorf("make an event: %w", err)
	}
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("make an event: %w", err)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("make an event: %w", err)
	}
	return body, nil
}
