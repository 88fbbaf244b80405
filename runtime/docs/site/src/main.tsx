// The page. In: the data (store.ts), the address (route.ts). Out: what a person sees.
import { render } from "preact";
import "./styles.css";
import { project } from "./store";

render(<h1>{project.title}</h1>, document.getElementById("app")!);
