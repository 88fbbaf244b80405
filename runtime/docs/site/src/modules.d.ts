declare module "*.css";
/** A bundled script as text (build.mjs), to be started from a blob. */
declare module "worker:*" {
  const script: string;
  export default script;
}
declare module "prismjs/components/prism-core" {
  export { default } from "prismjs";
}
