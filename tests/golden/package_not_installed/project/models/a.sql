select {{ one.thing() }}
