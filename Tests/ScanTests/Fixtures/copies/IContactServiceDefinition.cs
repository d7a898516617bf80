namespace InfusionSoft.Definition
{
    public interface IContactServiceDefinition { [XmlRpcMethod("ContactService.add")] int Add(string key, IDictionary data); }
}
