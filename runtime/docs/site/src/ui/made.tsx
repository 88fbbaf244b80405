// What a page is made of: the commit of the project, when, for which target.
import { ago, commitAddress, moment } from "../format";
import { project } from "../store";

/** A commit by its first digits, as a link where the project names its repository. */
export function Commit({ id }: { id: string }) {
  const short = <code>{id.slice(0, 10)}</code>, to = commitAddress(project.repository, id);
  return to ? <a href={to} title={id}>{short}</a> : <span title={id}>{short}</span>;
}

export function Made() {
  return (
    <>
      Made {moment(project.made)} ({ago(project.made)}) for the target <b>{project.target}</b> ({project.database})
      {project.commit && <>, commit <Commit id={project.commit} /></>}, by starc {project.starc}
    </>
  );
}
