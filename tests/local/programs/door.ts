// What a program of another user imports.
export { connect } from "@coord/local";
