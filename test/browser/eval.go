package browser

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// world is where the tests' own script runs: beside the page's script, with the page's document, out of reach of its security policy.
const world = "tongban-test"

func (p *Person) world() (runtime.ExecutionContextID, error) {
	tree, err := call(p.ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	made, err := call(p.ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: world})
	return made.ExecutionContextID, err
}

// eval runs an expression beside the page; promises are awaited, the value comes back as JSON.
func (p *Person) eval(expression string, to any) error {
	id, err := p.world()
	if err != nil {
		return err
	}
	yes := true
	out, err := call(p.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: id, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil {
		return err
	}
	return value(out.Result, out.ExceptionDetails, to)
}

// on calls a function with the node as "this".
func (p *Person) on(node cdp.BackendNodeID, function string, to any, args ...any) error {
	id, err := p.world()
	if err != nil {
		return err
	}
	object, err := call(p.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node, ExecutionContextID: id})
	if err != nil {
		return err
	}
	yes := true
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.Object.ObjectID, ReturnByValue: &yes, AwaitPromise: &yes}
	for _, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			return err
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: b})
	}
	out, err := call(p.ctx, runtime.CallFunctionOn, params)
	if err != nil {
		return err
	}
	return value(out.Result, out.ExceptionDetails, to)
}

func value(result *runtime.RemoteObject, failed *runtime.ExceptionDetails, to any) error {
	if failed != nil {
		return fmt.Errorf("%s %s", failed.Text, describe(failed))
	}
	if to == nil {
		return nil
	}
	if result == nil || len(result.Value) == 0 {
		return errors.New("the expression has no value")
	}
	return json.Unmarshal(result.Value, to)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
