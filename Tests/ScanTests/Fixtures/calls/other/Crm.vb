Imports CookComputing.XmlRpc
' <XmlRpcMethod("ContactService.merge")> _
<XmlRpcUrl("https://shop.infusionsoft.com:443/api/xmlrpc")> _
Public Interface ICrm
    <XmlRpcMethod("ContactService.add")> _
    Function Add(ByVal key As String, ByVal contact As XmlRpcStruct) As Integer
End Interface
