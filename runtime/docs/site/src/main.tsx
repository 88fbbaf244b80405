// The page. In: the data (store.ts) and the address (route.ts). Out: what a person sees.
import { render, type VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./styles.css";
import { LineagePage } from "./graph/lineage";
import { ErdPage } from "./erd/erd";
import "./charts/charts.css";
import { About } from "./pages/about";
import { Changes } from "./pages/changes";
import { Home } from "./pages/home";
import { NodePage } from "./pages/node";
import { SearchPage } from "./pages/search";
import { nodeOf, useRoute, type Route } from "./route";
import { against, project } from "./store";
import { Made } from "./ui/made";
import { Side } from "./ui/side";
import { Top } from "./ui/top";

function Missing({ route }: { route: Route }) {
  return (
    <div class="page">
      <h1>Nothing is here</h1>
      <p>This project has no <code>{route.id || route.page}</code>; it may have been renamed or taken out. Search finds names that are near.</p>
    </div>
  );
}

function page(route: Route): VNode {
  const node = nodeOf(route);
  if (route.page === "erd" && (node || !route.id)) return <ErdPage focus={node} query={route.query} />;
  if (node) return <NodePage key={node.id} node={node} query={route.query} />;
  switch (route.page) {
    case "": return against ? <Changes /> : <Home />;
    case "overview": return <Home />;
    case "lineage": return <LineagePage query={route.query} />;
    case "search": return <SearchPage query={route.query} />;
    case "about": return <About />;
    default: return <Missing route={route} />;
  }
}

/** Pages that are one picture, as high as the window. */
const GRAPHS = ["lineage", "erd"];

function App() {
  const route = useRoute(), node = nodeOf(route), home = route.page === "" || route.page === "overview", main = useRef<HTMLElement>(null);
  const [menu, setMenu] = useState(false);
  const place = `${route.page}/${route.id}`;
  useEffect(() => {
    document.title = node ? `${node.name} · ${project.title}` : project.title;
    setMenu(false);
    main.current?.scrollTo(0, 0);
  }, [place]);
  return (
    <div class={menu ? "all open" : "all"}>
      <a class="skip" href="#main" onClick={e => { e.preventDefault(); main.current?.focus(); }}>To the content</a>
      <Top route={route} menu={() => setMenu(!menu)} />
      <Side here={node} route={route} />
      <main ref={main} tabIndex={-1}>
        {page(route)}
        {!GRAPHS.includes(route.page) && (
          <footer class="page foot">{!home && <><Made />. </>}<a href="#!/about">About this page</a></footer>
        )}
      </main>
    </div>
  );
}

render(<App />, document.getElementById("app")!);
