// What this page is made of, and under which licences.
import { moment } from "../format";
import { project } from "../store";

export interface Part { name: string; version: string; licence: string; text: string }
const parts = JSON.parse(document.getElementById("licences")!.textContent!) as Part[];

export function About() {
  return (
    <div class="page">
      <h1>About this page</h1>
      <p>Made {moment(project.made)} by <code>starc docs generate</code>, version {project.starc}. It asks no other machine for anything.</p>
      <p>Keys: <kbd>/</kbd> goes to the search; arrows and <kbd>Enter</kbd> choose there; <kbd>Tab</kbd> goes through everything.</p>
      <h2>Made with</h2>
      {parts.map(p => (
        <details key={p.name}>
          <summary>{p.name} {p.version} <span class="soft">{p.licence}</span></summary>
          <pre class="data">{p.text}</pre>
        </details>
      ))}
    </div>
  );
}
