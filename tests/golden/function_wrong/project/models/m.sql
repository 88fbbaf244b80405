select {{ function('itslef') }}() as x
