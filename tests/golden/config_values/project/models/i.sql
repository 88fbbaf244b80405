{{ config(docs={'node_color': '#12'}) }} select 1 as id
