// Package browser lets a test act as a person does: it starts the real program with a demonstration county, opens a real browser and
// works by visible words and accessible names (可访问名称), never by the structure of the page. On every page it looks at what must hold
// everywhere: accessibility, silence of the console, the content security policy, weight, and no sideways scroll on a narrow phone.
package browser
