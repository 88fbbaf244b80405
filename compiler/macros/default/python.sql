{#- The text around a model written in Python, for adapters that run them: what dbt.ref, dbt.source,
    dbt.config and dbt.this answer there. -#}

{#- {"name" or "package.name", with ".v2": the relation's name}, and the function that looks it up. -#}
{% macro build_ref_function(model) %}
  {%- set names = {} -%}
  {%- for one in model.refs -%}
    {%- set path = [one.get('package'), one['name']] if one.get('package') else [one['name']] -%}
    {%- set found = ref(*path, v=one.get('version')) -%}
    {%- if found.render is defined and found.render is callable -%}
      {%- set found = found.render() -%}
    {%- endif -%}
    {%- set key = path + ['v' ~ one['version']] if one.get('version') else path -%}
    {%- do names.update({key | join('.'): resolve_model_name(found)}) -%}
  {%- endfor %}

def ref(*args, **kwargs):
    names = {{ names | tojson }}
    key = ".".join(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        key = f"{key}.v{version}"
    return kwargs["dbt_load_df_function"](names[key])
{% endmacro %}

{% macro build_source_function(model) %}
  {%- set names = {} -%}
  {%- for one in model.sources -%}
    {%- do names.update({one | join('.'): resolve_model_name(source(*one))}) -%}
  {%- endfor %}

def source(*args, dbt_load_df_function):
    names = {{ names | tojson }}
    return dbt_load_df_function(names[".".join(args)])
{% endmacro %}

{#- The values of the keys that the model's code asks for. -#}
{% macro build_config_dict(model) %}
  {%- set values = {} -%}
  {%- for key, default in zip(model.config.config_keys_used, model.config.config_keys_defaults, default=[]) -%}
    {%- do values.update({key: model.config.get(key, default)}) -%}
  {%- endfor -%}
  {%- set meta = {} -%}
  {%- for key, default in zip(model.config.meta_keys_used, model.config.meta_keys_defaults, default=[]) -%}
    {%- do meta.update({key: (model.config.meta or {}).get(key, default)}) -%}
  {%- endfor %}
config_dict = {{ values }}
meta_dict = {{ meta }}
{% endmacro %}

{% macro py_script_postfix(model) %}
# The model's own code ends here. To run it by hand, take what follows along.
# COMMAND ----------

{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

# COMMAND ----------
{{ py_script_comment() }}
{% endmacro %}

{#- What an adapter wants said about running the code by hand. -#}
{% macro py_script_comment() %}
{% endmacro %}
